namespace Llumnix.Scheduling.Delivery;

/// <summary>A granted move.</summary>
/// <param name="To">The destination.</param>
/// <param name="Epoch">The placement it will have.</param>
/// <param name="Attempt">Which of the placement's migrations it is.</param>
public sealed record PendingMove(InstanceId To, Epoch Epoch, int Attempt);
