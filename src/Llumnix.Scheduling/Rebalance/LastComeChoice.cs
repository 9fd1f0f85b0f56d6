namespace Llumnix.Scheduling.Rebalance;

/// <summary>Lower priority first, then the later arrival: those that would be preempted first.</summary>
public sealed class LastComeChoice : IRequestChoice
{
    /// <inheritdoc/>
    public int Compare(in MoveCandidate left, in MoveCandidate right)
    {
        int order = right.Priority.CompareTo(left.Priority);
        if (order == 0) order = right.Arrival.CompareTo(left.Arrival);
        return order != 0 ? order : left.Request.CompareTo(right.Request);
    }
}
