using Llumnix.Actors.Cluster;

namespace Llumnix.Actors.Protocols;

/// <summary>Between operators and the part of the global manager that starts and ends instances.</summary>
public static class ScalingProtocol
{
    /// <summary>How does it stand? Answered by <see cref="Scaling"/>.</summary>
    public sealed record Describe : IWireMessage
    {
        public static Describe Instance { get; } = new();
    }

    /// <summary>So it does.</summary>
    public sealed record Scaling(ScalingStatus Status) : IWireMessage;
}
