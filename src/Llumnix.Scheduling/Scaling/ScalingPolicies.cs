namespace Llumnix.Scheduling.Scaling;

/// <summary>The scaling policies by the names they have in configuration.</summary>
public static class ScalingPolicies
{
    private static readonly SortedDictionary<string, Func<ScalingPolicyOptions, IScalingPolicy>> Known = new(StringComparer.Ordinal)
    {
        ["freeness-band"] = options => new FreenessBand(options),
        ["none"] = _ => new NoScaling(),
    };

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A scaling policy by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name, or an option is out of range.</exception>
    public static IScalingPolicy Create(string name, ScalingPolicyOptions options) => Known.TryGetValue(name, out var create)
        ? create(options)
        : throw new ArgumentException($"There is no scaling policy \"{name}\"; there are {string.Join(", ", Names)}.");
}
