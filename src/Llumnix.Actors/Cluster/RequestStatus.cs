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
    int MaxTokens);
