using System.Collections.Concurrent;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Scaling;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Results;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Paper;

/// <summary>Simulates points of the paper's figures, several at a time, each on one thread.</summary>
public static class PaperExperiment
{
    /// <summary>The rows of all points and policies, in the selection's order.</summary>
    /// <param name="selection">What to simulate.</param>
    /// <param name="jobs">How many simulations at a time.</param>
    /// <param name="progress">Hears, from any thread, how many of all simulations are done, begun ones by their part.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static IReadOnlyList<PaperRow> Run(
        PaperSelection selection, int jobs, Action<double, int>? progress = null, CancellationToken cancellation = default)
    {
        var runs = selection.Points()
            .SelectMany(point => selection.PoliciesOf(point).SelectMany(policy => selection.Seeds.Select(seed => (point, policy, seed))))
            .ToArray();

        // A wrong name is told before hours of work, not after.
        foreach (var (point, policy, _) in runs)
        {
            ClusterPolicies.Find(policy);
            PaperWorkloads.Create(point.Trace, point.Rate);
        }

        var metrics = new ConcurrentDictionary<(PaperPoint, string Policy, string Priority, ulong), IReadOnlyDictionary<string, double>>();
        var parts = new double[runs.Length];
        Parallel.For(
            0,
            runs.Length,
            new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation },
            index =>
            {
                var (point, policy, seed) = runs[index];
                var result = Run(selection, point, policy, seed, part =>
                {
                    parts[index] = part;
                    progress?.Invoke(parts.Sum(), runs.Length);
                }, cancellation);
                foreach (var (priority, found) in MetricsOf(point, result)) metrics[(point, policy, priority, seed)] = found;
            });

        return [.. runs.Select(run => (run.point, run.policy)).Distinct().SelectMany(run => PrioritiesOf(run.point).Select(priority => Row(run.point, run.policy, priority)))];

        PaperRow Row(PaperPoint point, string policy, string priority)
        {
            var bySeed = selection.Seeds.Select(seed => metrics[(point, policy, priority, seed)]).ToArray();
            return new PaperRow(
                point,
                priority,
                policy,
                bySeed[0].Keys.ToDictionary(metric => metric, metric => bySeed.Select(found => found[metric]).ToArray()),
                PaperData.Instance.Find(point, priority, PaperName(policy)));
        }
    }

    /// <summary>One point, one policy, one seed.</summary>
    public static SimulationResult Run(
        PaperSelection selection, PaperPoint point, string policyName, ulong seed, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var policy = ClusterPolicies.Find(policyName);
        if (Scales(point))
        {
            double low = point.Threshold ?? 10;
            policy = policy with
            {
                Scaling = "freeness-band",
                ScalingOptions = new ScalingPolicyOptions { MinInstances = 1, MaxInstances = 16, ScaleUpBelow = low, ScaleDownAbove = low + 50 },
            };
        }

        var workload = PaperWorkloads.Create(point.Trace, point.Rate) with
        {
            Requests = selection.Requests,
            Variation = point.Variation,
            Shares = point.Figure == 13 ? PaperWorkloads.TenthHigh : ClassShares.AllNormal,
        };
        return ClusterSimulation.Run(PaperCluster.Create(policy) with { Seed = seed }, workload.Generate(seed), progress, cancellation);
    }

    private static bool Scales(PaperPoint point) => point.Figure is 14 or 15;

    private static string PaperName(string policy) => policy == ClusterPolicies.InfaasStale ? ClusterPolicies.Infaas : policy;

    private static string[] PrioritiesOf(PaperPoint point) => point.Figure == 13 ? ["normal", "high"] : ["all"];

    private static IEnumerable<(string Priority, IReadOnlyDictionary<string, double> Metrics)> MetricsOf(PaperPoint point, SimulationResult result)
    {
        if (point.Figure == 13)
        {
            yield return ("normal", result.Of(Priority.Normal).ByName);
            yield return ("high", result.Of(Priority.High).ByName);
        }
        else
        {
            var metrics = new Dictionary<string, double>(result.All.ByName);
            if (Scales(point)) metrics.Add("instances", result.AverageInstances);
            yield return ("all", metrics);
        }
    }
}
