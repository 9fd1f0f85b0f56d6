namespace Llumnix.Simulation;

/// <summary>What was asked for cannot be simulated; the message is one sentence for whoever asked.</summary>
public sealed class SimulationException : Exception
{
    public SimulationException()
    {
    }

    public SimulationException(string message)
        : base(message)
    {
    }

    public SimulationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
