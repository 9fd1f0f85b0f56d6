namespace Llumnix.Scheduling.Rebalance;

/// <summary>
/// Which instances hand requests to which others, decided every <c>rebalance-interval</c>. It keeps no state between rounds, reads no
/// clock and draws nothing.
/// </summary>
public interface IRebalancePolicy
{
    /// <summary>One round.</summary>
    /// <param name="instances">The live instances of one model and kernel class, terminating ones included, in any order.</param>
    /// <param name="orders">Takes the orders, the most urgent first.</param>
    void Pair(ReadOnlySpan<RebalanceInstance> instances, ICollection<MoveOrder> orders);
}
