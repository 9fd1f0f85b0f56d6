using Llumnix.Scheduling;

namespace Llumnix.Actors.Cluster;

/// <summary>One request as its entity knows it at a moment.</summary>
public sealed record RequestStatus(
    RequestId Id,
    string Model,
    string State,
    InstanceId? Instance,
    Epoch Epoch,
    Priority Priority,
    int PromptTokens,
    int OutputTokens,
    int MaxTokens)
{
    /// <summary>How often it moved to another instance while it ran or waited.</summary>
    public int Migrations { get; init; }

    /// <summary>How often it was placed anew because its instance was lost.</summary>
    public int Recoveries { get; init; }
}
