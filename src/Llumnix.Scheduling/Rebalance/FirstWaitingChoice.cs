namespace Llumnix.Scheduling.Rebalance;

/// <summary>
/// Waiting ones first, by the order in which they are served (those that have waited longest gain the most and have no KV to copy); then
/// running ones as <see cref="ShortestChoice"/>.
/// </summary>
public sealed class FirstWaitingChoice : IRequestChoice
{
    private readonly ShortestChoice _running = new();

    /// <inheritdoc/>
    public int Compare(in MoveCandidate left, in MoveCandidate right)
    {
        if (left.Running != right.Running) return left.Running ? 1 : -1;
        if (left.Running) return _running.Compare(left, right);

        int order = left.Priority.CompareTo(right.Priority);
        if (order == 0) order = left.Arrival.CompareTo(right.Arrival);
        return order != 0 ? order : left.Request.CompareTo(right.Request);
    }
}
