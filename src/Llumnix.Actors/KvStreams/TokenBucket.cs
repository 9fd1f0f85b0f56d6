namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Limits bytes per second over all streams of a node. Bytes are taken in advance of being sent: a taker that overdraws waits until the
/// bucket would be at zero again, so that blocks larger than the burst pass too. Safe for concurrent use.
/// </summary>
/// <param name="bytesPerSecond">The limit; 0 is none.</param>
/// <param name="burst">The most bytes that may go at once after a pause.</param>
/// <param name="time">The clock.</param>
public sealed class TokenBucket(long bytesPerSecond, long burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _available = burst;
    private long _asOf = time.GetTimestamp();

    /// <summary>Takes <paramref name="bytes"/>; returns how long to wait before sending them.</summary>
    public TimeSpan Take(long bytes)
    {
        if (bytesPerSecond <= 0) return TimeSpan.Zero;
        lock (_gate)
        {
            long now = time.GetTimestamp();
            _available = Math.Min(burst, _available + (time.GetElapsedTime(_asOf, now).TotalSeconds * bytesPerSecond));
            _asOf = now;
            _available -= bytes;
            return _available >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_available / bytesPerSecond);
        }
    }
}
