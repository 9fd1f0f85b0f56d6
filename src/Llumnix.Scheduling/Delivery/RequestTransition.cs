namespace Llumnix.Scheduling.Delivery;

/// <summary>What an event leads to.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Effects">What to do, in this order; empty where nothing is.</param>
public readonly record struct RequestTransition(RequestState State, IReadOnlyList<RequestEffect> Effects);
