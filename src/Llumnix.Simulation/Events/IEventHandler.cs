namespace Llumnix.Simulation.Events;

/// <summary>Something that events happen to.</summary>
internal interface IEventHandler
{
    /// <summary>It is <see cref="SimulationEvent.At"/> now.</summary>
    void Handle(in SimulationEvent happened);
}
