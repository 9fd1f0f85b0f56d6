namespace Llumnix.Scheduling.Queues;

/// <summary>
/// In which order the requests of one priority class are served; a more urgent class always goes first. A place is computed once, when a
/// request enters the queue, so it cannot depend on the time or on other requests, and nobody can be put back forever.
/// </summary>
public interface IQueueOrder
{
    /// <summary>The lower goes first; of equals the earlier arrival, then the lower id.</summary>
    long PlaceOf(in QueuedRequest request);
}
