using Llumnix.Scheduling;

namespace Llumnix.Actors.Cluster;

/// <summary>One instance as the cluster sees it at a moment.</summary>
/// <param name="State"><c>ready</c>, <c>draining</c>, <c>suspected</c> or <c>stopped</c>.</param>
public sealed record InstanceStatus(
    InstanceId Id,
    string Model,
    string Node,
    string Device,
    string KernelClass,
    string State,
    int TotalBlocks,
    int FreeBlocks,
    int BlockSize,
    int Running,
    int Waiting,
    double Freeness,
    long Preemptions,
    long GeneratedTokens,
    long PromptTokens)
{
    /// <summary>A running mean of how long its steps take; 0 before the first.</summary>
    public double StepMilliseconds { get; init; }
}
