namespace Llumnix.Scheduling.Rebalance;

/// <summary>Lower priority first, then longer: one move frees the most, and copies the most.</summary>
public sealed class LongestChoice : IRequestChoice
{
    /// <inheritdoc/>
    public int Compare(in MoveCandidate left, in MoveCandidate right)
    {
        int order = right.Priority.CompareTo(left.Priority);
        if (order == 0) order = right.KnownTokens.CompareTo(left.KnownTokens);
        return order != 0 ? order : left.Request.CompareTo(right.Request);
    }
}
