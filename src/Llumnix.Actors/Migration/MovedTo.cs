using Akka.Actor;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Migration;

/// <summary>Where a request went, and the epoch it has there.</summary>
internal sealed record MovedTo(InstanceId To, IActorRef Instance, Epoch Epoch);
