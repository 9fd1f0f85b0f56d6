namespace Llumnix.Actors.Launching;

/// <summary>An instance could not be started or ended; the message is one sentence for operators.</summary>
public sealed class LaunchException : Exception
{
    public LaunchException()
    {
    }

    public LaunchException(string message)
        : base(message)
    {
    }

    public LaunchException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
