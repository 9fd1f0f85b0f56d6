using System.Diagnostics;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Results;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation;

/// <summary>
/// Runs a workload through a cluster in virtual time. Batch schedulers, load views, policies and both ends of migrations are those of
/// Llumnix.Scheduling; only steps, links and messages are modelled. The same options and workload give the same result.
/// </summary>
public static class ClusterSimulation
{
    /// <summary>One run, on the calling thread.</summary>
    /// <param name="options">The cluster.</param>
    /// <param name="workload">What comes to it.</param>
    /// <param name="progress">Hears now and then which share of the requests has ended.</param>
    /// <param name="cancellation">Ends the run early.</param>
    /// <exception cref="ArgumentException">An option is out of range or names no policy.</exception>
    public static SimulationResult Run(
        SimulationOptions options, Workload workload, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        long started = Stopwatch.GetTimestamp();
        var cluster = new SimulatedCluster(options, workload);
        cluster.Run(progress, cancellation);
        return new SimulationResult(cluster, workload, Stopwatch.GetElapsedTime(started));
    }
}
