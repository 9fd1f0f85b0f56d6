namespace Llumnix.Scheduling.Rebalance;

/// <summary>Moves nothing.</summary>
public sealed class NoRebalance : IRebalancePolicy
{
    /// <inheritdoc/>
    public void Pair(ReadOnlySpan<RebalanceInstance> instances, ICollection<MoveOrder> orders)
    {
    }
}
