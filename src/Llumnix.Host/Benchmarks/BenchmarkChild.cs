namespace Llumnix.Host.Benchmarks;

/// <summary>What the child processes of benchmarks have in common.</summary>
internal static class BenchmarkChild
{
    /// <summary>Hidden command: serve as <c>serve</c> does, with its flags.</summary>
    public const string Node = "node";

    /// <summary>Hidden command: take in the bytes of a throughput measurement.</summary>
    public const string Receiver = "receiver";

    /// <summary>Ends this process when its standard input closes: whoever started it is gone or wants it to be.</summary>
    public static void EndWithParent()
    {
        var watch = new Thread(() =>
        {
            using Stream input = Console.OpenStandardInput();
            byte[] rest = new byte[256];
            while (input.Read(rest) > 0)
            {
            }

            Environment.Exit(0);
        })
        {
            IsBackground = true,
            Name = "parent-watch",
        };
        watch.Start();
    }
}
