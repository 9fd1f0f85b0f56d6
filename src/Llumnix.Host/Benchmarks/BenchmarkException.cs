namespace Llumnix.Host.Benchmarks;

/// <summary>A benchmark cannot be run, or did not go as it must; the message is one sentence for the person at the shell.</summary>
internal sealed class BenchmarkException : Exception
{
    public BenchmarkException()
    {
    }

    public BenchmarkException(string message)
        : base(message)
    {
    }

    public BenchmarkException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
