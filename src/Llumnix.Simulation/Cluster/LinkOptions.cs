namespace Llumnix.Simulation.Cluster;

/// <summary>What migrations cost beside their work: links, and what they do to others.</summary>
public sealed record LinkOptions
{
    /// <summary>Bytes of KV per token.</summary>
    public double KvBytesPerToken { get; init; } = 512 * 1024;

    /// <summary>Bytes per second that one migration can get between two instances.</summary>
    public double LinkBandwidth { get; init; } = 2.55e9;

    /// <summary>Bytes per second in, and as many out, that all instances of a node share.</summary>
    public double NodeBandwidth { get; init; } = 8e9;

    /// <summary>A stage's time beside its bytes.</summary>
    public TimeSpan StageOverhead { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>By which part the steps of source and destination are longer while blocks are copied.</summary>
    public double SlowDown { get; init; } = 0.025;
}
