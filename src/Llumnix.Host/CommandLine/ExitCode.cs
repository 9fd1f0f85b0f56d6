namespace Llumnix.Host.CommandLine;

/// <summary>What the program's end tells the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>It could not start, or had to end by itself.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;

    /// <summary>Told to end twice: it did not wait for what was in flight.</summary>
    public const int Interrupted = 130;
}
