namespace Llumnix.Scheduling.Queues;

/// <summary>Parameters of the queue orders.</summary>
public sealed record QueueOrderOptions
{
    /// <summary>For <c>shortest-prompt-first</c>: how much later a request counts per prompt token, in units of arrivals (ticks of 100 ns in the cluster).</summary>
    public long TokenWait { get; init; } = TimeSpan.TicksPerMillisecond;
}
