namespace Llumnix.Scheduling.Queues;

/// <summary>First come, first served within a class.</summary>
public sealed class PriorityArrivalOrder : IQueueOrder
{
    /// <summary>It has no state, so one serves all.</summary>
    public static PriorityArrivalOrder Instance { get; } = new();

    /// <inheritdoc/>
    public long PlaceOf(in QueuedRequest request) => request.Arrival;
}
