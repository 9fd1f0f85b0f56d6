namespace Llumnix.Scheduling.Scaling;

/// <summary>Where a launcher started an instance: the instance's id, or what the ids of everything there begin with.</summary>
/// <param name="Name">An id such as <c>10.0.0.5:4053/2</c>; or, with a slash or a colon at its end, the beginning of ids.</param>
public readonly record struct LaunchPlace(string Name)
{
    /// <summary>The place of a whole node.</summary>
    /// <param name="node">Its <c>host:port</c>.</param>
    public static LaunchPlace OfNode(string node) => new(node + "/");

    /// <summary>The place of a host whose port is not known yet.</summary>
    public static LaunchPlace OfHost(string host) => new(host + ":");

    /// <summary>Whether an instance is there.</summary>
    public bool Holds(InstanceId instance) => Name.EndsWith('/') || Name.EndsWith(':')
        ? instance.Name.StartsWith(Name, StringComparison.Ordinal)
        : instance.Name == Name;

    /// <inheritdoc/>
    public override string ToString() => Name.TrimEnd('/', ':');
}
