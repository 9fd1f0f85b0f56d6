using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Simulation.Cluster;

/// <summary>The policies that the Llumnix paper compares, and ours, by name.</summary>
public static class ClusterPolicies
{
    public const string RoundRobin = "round-robin";

    /// <summary>With dispatchers that see every instance at once.</summary>
    public const string Infaas = "INFaaS++";

    /// <summary>With dispatchers whose view is a second old.</summary>
    public const string InfaasStale = "INFaaS++-stale";

    /// <summary>Llumnix without priority classes.</summary>
    public const string LlumnixBase = "Llumnix-base";

    public const string Llumnix = "Llumnix";

    /// <summary>
    /// For high requests 600 of the 851 blocks of an instance of <see cref="Paper.PaperCluster"/>: tried from 100 to 751, the least that makes
    /// them 1.2 times faster end to end; more costs the normal ones much more than it brings.
    /// </summary>
    private static readonly Headrooms HighHeadroom = new(600, 0, 0);

    private static readonly SortedDictionary<string, ClusterPolicy> Known = new(StringComparer.Ordinal)
    {
        [RoundRobin] = new() { Name = RoundRobin, Dispatch = "round-robin", KnowsPriorities = false },
        [Infaas] = new() { Name = Infaas, Dispatch = "least-kv", DispatchView = ViewOptions.Immediate, KnowsPriorities = false },
        [InfaasStale] = new() { Name = InfaasStale, Dispatch = "least-kv", DispatchView = ViewOptions.SecondOld, KnowsPriorities = false },
        [LlumnixBase] = Moving with { Name = LlumnixBase, KnowsPriorities = false },
        [Llumnix] = Moving with { Name = Llumnix, Headrooms = HighHeadroom },
    };

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    private static ClusterPolicy Moving => new()
    {
        Name = "",
        Dispatch = "freeness",
        Rebalance = "freeness-pairs",
        RebalanceOptions = new RebalancePolicyOptions { SourceBelow = 3, DestinationAbove = 3 },
    };

    /// <summary>A policy by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static ClusterPolicy Find(string name) => Known.TryGetValue(name, out var policy)
        ? policy
        : throw new ArgumentException($"There is no policy \"{name}\"; there are {string.Join(", ", Names)}.");
}
