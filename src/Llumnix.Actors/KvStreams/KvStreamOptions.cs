namespace Llumnix.Actors.KvStreams;

/// <summary>How KV connections behave.</summary>
public sealed record KvStreamOptions
{
    /// <summary>Both ends of a connection must know it.</summary>
    public required string Secret { get; init; }

    /// <summary>The most bytes per second that leave this node in KV streams; 0 is no limit.</summary>
    public long BandwidthLimit { get; init; }

    /// <summary>The most bytes that may leave at once after a pause, where there is a limit.</summary>
    public long Burst { get; init; } = 4 << 20;

    /// <summary>How long connecting and the handshake may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a frame under way, or an awaited receipt, may make no progress before its connection is given up.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a connection is kept without a stream.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
