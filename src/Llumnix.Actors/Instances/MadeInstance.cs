using Akka.Actor;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Instances;

/// <summary>An instance before its actor starts.</summary>
/// <param name="Id">Its name in the cluster.</param>
/// <param name="Model">The served name of its model.</param>
/// <param name="Props">Its actor.</param>
/// <param name="Executor">What it holds of the device's memory; the actor's to dispose of once that is started.</param>
internal sealed record MadeInstance(InstanceId Id, string Model, Props Props, IDisposable Executor);
