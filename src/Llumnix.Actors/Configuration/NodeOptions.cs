using System.Net;
using Akka.Actor;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.node</c>: this process in the cluster. Defaults stand in node.hocon.</summary>
public sealed record NodeOptions
{
    /// <summary>The name every node's actor system has; nodes of another name are another cluster.</summary>
    public const string SystemName = "llumnix";

    /// <summary>The address other nodes reach this one by.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port for other nodes, 0 to 65535; 0 takes any free one.</summary>
    public required int Port { get; init; }

    /// <summary>What the node does, at least one of <see cref="NodeRoles"/>.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>Nodes through which this one joins; empty makes it a cluster of its own, which others may join.</summary>
    public required IReadOnlyList<Address> Seeds { get; init; }

    /// <summary>How long a starting node may take to become a member and ready; after it the start fails.</summary>
    public required TimeSpan StartTimeout { get; init; }

    /// <summary>How long a node that leaves may take to move its instances' requests to others.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    public bool IsGateway => Roles.Contains(NodeRoles.Gateway);

    public bool IsInstance => Roles.Contains(NodeRoles.Instance);

    /// <summary>Whether only this machine reaches it.</summary>
    public bool IsLocal => IsLoopback(Host);

    public bool IsManager => Roles.Contains(NodeRoles.Manager);

    internal static NodeOptions Read(SettingReader settings)
    {
        const string host = "llumnix.node.host", port = "llumnix.node.port", roles = "llumnix.node.roles", seeds = "llumnix.node.seeds";
        var options = new NodeOptions
        {
            Host = Normal(settings.Text(host)),
            Port = settings.Whole(port, 0, 65535),
            Roles = settings.List(roles),
            Seeds = [.. settings.List(seeds).Select(seed => ParseSeed(seed) ?? throw settings.Wrong(seeds, $"must be a list of host:port, but {seed} is none"))],
            StartTimeout = settings.Duration("llumnix.node.start-timeout", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            DrainTimeout = settings.Duration("llumnix.node.drain-timeout", TimeSpan.Zero, TimeSpan.FromHours(1)),
        };
        if (Uri.CheckHostName(options.Host) == UriHostNameType.Unknown || options.Host is "0.0.0.0" or "::")
            throw settings.Wrong(host, "must be one address or name under which other nodes reach this one");
        if (options.Roles.Count == 0 || options.Roles.Except(NodeRoles.All).Any() || options.Roles.Distinct().Count() != options.Roles.Count)
            throw settings.Wrong(roles, $"must be a list of one or more of {string.Join(", ", NodeRoles.All)}, each once");
        if (IsLoopback(options.Host) && options.Seeds.Any(seed => !IsLoopback(seed.Host)))
        {
            throw settings.Contradiction(
                seeds, host, "a seed on another machine cannot reach this node there, so give an address of this machine that it can, such as --bind 10.0.0.5:4053");
        }

        return options;
    }

    /// <summary>Nodes know each other by address, letter for letter, so one machine's two names for itself are made one.</summary>
    private static string Normal(string host) => host == "localhost" ? "127.0.0.1" : host;

    private static bool IsLoopback(string host) => IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address);

    private static Address? ParseSeed(string seed)
    {
        int colon = seed.LastIndexOf(':');
        return colon > 0 && Uri.CheckHostName(seed[..colon]) != UriHostNameType.Unknown
            && ushort.TryParse(seed.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out ushort port) && port > 0
            ? new Address("akka.tcp", SystemName, Normal(seed[..colon].Trim('[', ']')), port)
            : null;
    }
}
