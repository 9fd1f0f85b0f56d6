using Llumnix.Actors.Configuration;
using Llumnix.Actors.Metrics;
using Llumnix.Actors.Migration;
using Llumnix.Gpu.Engine;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Actors.Instances;

/// <summary>What an instance is made with, beside its executor.</summary>
/// <param name="Id">Its name in the cluster.</param>
/// <param name="Incarnation">Drawn at its start, so that a restart shows.</param>
/// <param name="Model">The served name of its model.</param>
/// <param name="Rules">The model's rules on prompts and outputs.</param>
/// <param name="Hasher">Names its blocks.</param>
/// <param name="Batching">Limits of its batch scheduler.</param>
/// <param name="Node">Its node's address, for operators.</param>
/// <param name="Device">Its device, for operators.</param>
/// <param name="KernelClass">Its executor's kernel class.</param>
/// <param name="StepDeadline">A step that takes longer is its death.</param>
/// <param name="Delivery">Windows of token delivery.</param>
/// <param name="Load">Intervals of load reports.</param>
/// <param name="Migration">What its migrations are made with.</param>
/// <param name="Time">The clock.</param>
internal sealed record InstanceSetup(
    InstanceId Id,
    long Incarnation,
    string Model,
    OutputRules Rules,
    PromptHasher Hasher,
    BatchSchedulerOptions Batching,
    string Node,
    string Device,
    string KernelClass,
    TimeSpan StepDeadline,
    DeliveryOptions Delivery,
    LoadReportOptions Load,
    MigrationSetup Migration,
    TimeProvider Time)
{
    /// <summary>What it measures.</summary>
    public InstanceMetrics Metrics { get; init; } = new(Id, Model, Migration.Settings.Method);
}
