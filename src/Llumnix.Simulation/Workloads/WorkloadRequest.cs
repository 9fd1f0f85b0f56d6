using Llumnix.Scheduling;

namespace Llumnix.Simulation.Workloads;

/// <summary>A request of a workload.</summary>
/// <param name="Arrival">When it comes, from the beginning.</param>
/// <param name="InputTokens">Its prompt.</param>
/// <param name="OutputTokens">What it will generate; nobody in the cluster knows this before it ends.</param>
/// <param name="Priority">Its class.</param>
/// <param name="Tenant">Whose it is: an index of <see cref="Workload.Tenants"/>.</param>
public readonly record struct WorkloadRequest(TimeSpan Arrival, int InputTokens, int OutputTokens, Priority Priority, int Tenant)
{
    /// <summary>Names of the prompt's blocks of <see cref="Workload.PrefixBlockTokens"/> tokens, each with all before it; null where none is known.</summary>
    public int[]? PrefixBlocks { get; init; }
}
