namespace Llumnix.Scheduling.Dispatch;

/// <summary>The dispatch policies by the names they have in configuration.</summary>
public static class DispatchPolicies
{
    private static readonly SortedDictionary<string, Func<DispatchPolicyOptions, IDispatchPolicy>> Known = new(StringComparer.Ordinal)
    {
        ["freeness"] = options => new FreenessDispatch(options.Spread),
        ["late-binding"] = _ => new LateBindingDispatch(),
        ["least-kv"] = _ => new LeastKvDispatch(),
        ["least-requests"] = _ => new LeastRequestsDispatch(),
        ["power-of-two"] = _ => new PowerOfTwoDispatch(),
        ["round-robin"] = _ => new RoundRobinDispatch(),
        ["vllm"] = _ => new VllmDispatch(),
    };

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A new policy object for one dispatcher.</summary>
    /// <exception cref="ArgumentException">There is no policy of that name, or an option is out of range.</exception>
    public static IDispatchPolicy Create(string name, DispatchPolicyOptions options) => Known.TryGetValue(name, out var create)
        ? create(options)
        : throw new ArgumentException($"There is no dispatch policy \"{name}\"; there are {string.Join(", ", Names)}.");
}
