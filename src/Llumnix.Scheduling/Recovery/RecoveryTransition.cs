namespace Llumnix.Scheduling.Recovery;

/// <summary>What an event leads to.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Effects">What to do, in this order; empty where nothing is.</param>
public readonly record struct RecoveryTransition(RequestRecovery State, IReadOnlyList<RecoveryEffect> Effects);
