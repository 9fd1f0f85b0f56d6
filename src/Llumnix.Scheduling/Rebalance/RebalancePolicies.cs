namespace Llumnix.Scheduling.Rebalance;

/// <summary>The rebalance policies by the names they have in configuration.</summary>
public static class RebalancePolicies
{
    private static readonly SortedDictionary<string, Func<RebalancePolicyOptions, IRebalancePolicy>> Known = new(StringComparer.Ordinal)
    {
        ["balanced-pairs"] = options => new BalancedPairs(options),
        ["freeness-pairs"] = options => new FreenessPairs(options),
        ["none"] = _ => new NoRebalance(),
    };

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A new policy object.</summary>
    /// <exception cref="ArgumentException">There is no policy of that name, or an option is out of range.</exception>
    public static IRebalancePolicy Create(string name, RebalancePolicyOptions options) => Known.TryGetValue(name, out var create)
        ? create(options)
        : throw new ArgumentException($"There is no rebalance policy \"{name}\"; there are {string.Join(", ", Names)}.");
}
