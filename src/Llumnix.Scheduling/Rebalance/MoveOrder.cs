namespace Llumnix.Scheduling.Rebalance;

/// <summary>Move requests from one instance to another.</summary>
/// <param name="From">The source.</param>
/// <param name="To">The destination.</param>
/// <param name="Limits">How many and which.</param>
public readonly record struct MoveOrder(InstanceId From, InstanceId To, MoveLimits Limits);
