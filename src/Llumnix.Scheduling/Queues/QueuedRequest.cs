namespace Llumnix.Scheduling.Queues;

/// <summary>What a waiting request's place depends on.</summary>
/// <param name="Priority">Its class.</param>
/// <param name="Arrival">When it entered the cluster, on a scale that all requests share: UTC ticks in the cluster.</param>
/// <param name="PromptTokens">Tokens of its prompt.</param>
public readonly record struct QueuedRequest(Priority Priority, long Arrival, int PromptTokens);
