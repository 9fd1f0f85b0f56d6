namespace Llumnix.Scheduling.Rebalance;

/// <summary>
/// In which order a source gives its requests away. A strict order: of two different candidates one goes first, whatever others there are.
/// </summary>
public interface IRequestChoice
{
    /// <summary>Below 0 where <paramref name="left"/> goes first, above 0 where <paramref name="right"/> does.</summary>
    int Compare(in MoveCandidate left, in MoveCandidate right);
}
