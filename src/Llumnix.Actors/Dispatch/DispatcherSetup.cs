using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Actors.Dispatch;

/// <summary>What a dispatcher is made with.</summary>
/// <param name="Dispatch">Its policy.</param>
/// <param name="Load">How silence is judged.</param>
/// <param name="Headrooms">By priority class.</param>
/// <param name="Receiver">The node's token receiver, which passes on to all entities which instances are lost.</param>
/// <param name="Readiness">Told whether there is an instance to place on.</param>
/// <param name="Random">Draws among equally good instances.</param>
/// <param name="Time">The clock.</param>
internal sealed record DispatcherSetup(
    DispatchOptions Dispatch,
    LoadReportOptions Load,
    Headrooms Headrooms,
    IActorRef Receiver,
    NodeReadiness Readiness,
    Random Random,
    TimeProvider Time)
{
    /// <summary>In which order requests of one class leave that the policy held back.</summary>
    public IQueueOrder QueueOrder { get; init; } = PriorityArrivalOrder.Instance;
}
