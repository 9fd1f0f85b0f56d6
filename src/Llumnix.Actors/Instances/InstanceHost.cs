using Llumnix.Actors.Configuration;
using Llumnix.Actors.Metrics;
using Llumnix.Actors.Migration;

namespace Llumnix.Actors.Instances;

/// <summary>What all instances of a node are made with, of whatever model.</summary>
/// <param name="Node">The node's address, for operators, and the beginning of their ids.</param>
/// <param name="Delivery">Windows of token delivery.</param>
/// <param name="Load">Intervals of load reports.</param>
/// <param name="Migration">What their migrations are made with.</param>
/// <param name="Priorities">Which classes preempt others.</param>
/// <param name="Queues">In which order requests wait.</param>
/// <param name="Metrics">What the node measures.</param>
/// <param name="Time">The clock.</param>
internal sealed record InstanceHost(
    string Node,
    DeliveryOptions Delivery,
    LoadReportOptions Load,
    MigrationSetup Migration,
    PriorityOptions Priorities,
    QueueOptions Queues,
    NodeMetrics Metrics,
    TimeProvider Time);
