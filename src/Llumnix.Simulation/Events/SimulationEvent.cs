namespace Llumnix.Simulation.Events;

/// <summary>Something that happens at a moment of virtual time.</summary>
/// <param name="At">When.</param>
/// <param name="Order">Of events at one moment the lower comes first: the order in which they were made.</param>
/// <param name="Handler">To whom.</param>
/// <param name="Kind">What, in the handler's own words.</param>
/// <param name="Payload">With what.</param>
internal readonly record struct SimulationEvent(TimeSpan At, long Order, IEventHandler Handler, int Kind, object? Payload);
