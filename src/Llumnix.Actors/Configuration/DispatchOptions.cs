using Llumnix.Scheduling.Dispatch;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.dispatch</c>: which instance takes a new request. Defaults stand in scheduling.hocon.</summary>
public sealed record DispatchOptions
{
    /// <summary>The policy's name among <see cref="DispatchPolicies.Names"/>.</summary>
    public required string Policy { get; init; }

    /// <summary>Instances whose freeness is at most this far below the best, in blocks per request, are drawn among at random.</summary>
    public required double Spread { get; init; }

    /// <summary>The most requests that wait at one gateway where the policy binds late.</summary>
    public required int MaxHeld { get; init; }

    internal static DispatchOptions Read(SettingReader settings) => new()
    {
        Policy = settings.Choice("llumnix.dispatch.policy", [.. DispatchPolicies.Names.Select(name => (name, name))]),
        Spread = settings.Number("llumnix.dispatch.spread", 0, 1e9),
        MaxHeld = settings.Whole("llumnix.dispatch.max-held", 0, 1_000_000),
    };
}
