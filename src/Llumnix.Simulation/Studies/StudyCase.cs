using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Results;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Studies;

/// <summary>One run of a study.</summary>
/// <param name="Options">The cluster, seed included.</param>
/// <param name="Workload">Draws the requests by the seed.</param>
public sealed record StudyCase(SimulationOptions Options, Func<ulong, Workload> Workload)
{
    /// <summary>Runs it.</summary>
    public SimulationResult Run(Action<double>? progress = null, CancellationToken cancellation = default) =>
        ClusterSimulation.Run(Options, Workload(Options.Seed), progress, cancellation);

    /// <summary>Runs all, several at a time, each on one thread; results in the cases' order.</summary>
    /// <param name="cases">The runs.</param>
    /// <param name="jobs">How many at a time.</param>
    /// <param name="progress">Hears, from any thread, how many of all are done, begun ones by their part.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static IReadOnlyList<SimulationResult> RunAll(
        IReadOnlyList<StudyCase> cases, int jobs, Action<double, int>? progress = null, CancellationToken cancellation = default)
    {
        var results = new SimulationResult[cases.Count];
        var parts = new double[cases.Count];
        Parallel.For(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation }, index =>
            results[index] = cases[index].Run(
                part =>
                {
                    parts[index] = part;
                    progress?.Invoke(parts.Sum(), parts.Length);
                },
                cancellation));
        return results;
    }
}
