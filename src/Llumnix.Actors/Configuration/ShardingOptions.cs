namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.sharding</c>: where request entities live. Defaults stand in node.hocon.</summary>
public sealed record ShardingOptions
{
    /// <summary>Shards of each gateway's own, among which its requests are spread.</summary>
    public required int Slots { get; init; }

    internal static ShardingOptions Read(SettingReader settings) => new() { Slots = settings.Whole("llumnix.sharding.slots", 1, 1024) };
}
