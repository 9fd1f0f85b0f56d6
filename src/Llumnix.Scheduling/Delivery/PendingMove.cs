namespace Llumnix.Scheduling.Delivery;

/// <summary>A granted move.</summary>
/// <param name="To">The destination.</param>
/// <param name="Epoch">The placement it will have.</param>
public sealed record PendingMove(InstanceId To, Epoch Epoch);
