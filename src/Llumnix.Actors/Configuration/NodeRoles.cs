namespace Llumnix.Actors.Configuration;

/// <summary>What a node may do; cluster roles of these names.</summary>
public static class NodeRoles
{
    /// <summary>Takes clients' requests and hosts their entities.</summary>
    public const string Gateway = "gateway";

    /// <summary>Runs model instances.</summary>
    public const string Instance = "instance";

    /// <summary>May host the global manager.</summary>
    public const string Manager = "manager";

    public static IReadOnlyList<string> All { get; } = [Gateway, Instance, Manager];
}
