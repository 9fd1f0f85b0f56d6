namespace Llumnix.Scheduling.Migration;

/// <summary>What an event leads to.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Effects">What to do, in this order.</param>
public readonly record struct SourceTransition(MigrationSource State, IReadOnlyList<SourceEffect> Effects);
