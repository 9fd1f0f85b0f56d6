namespace Llumnix.Scheduling.Rebalance;

/// <summary>
/// Lower priority first, then shorter (Llumnix, OSDI 2024, section 4.4.3): what is moved has the least to lose by it and costs the least.
/// </summary>
public sealed class ShortestChoice : IRequestChoice
{
    /// <inheritdoc/>
    public int Compare(in MoveCandidate left, in MoveCandidate right)
    {
        int order = right.Priority.CompareTo(left.Priority);
        if (order == 0) order = left.KnownTokens.CompareTo(right.KnownTokens);
        return order != 0 ? order : left.Request.CompareTo(right.Request);
    }
}
