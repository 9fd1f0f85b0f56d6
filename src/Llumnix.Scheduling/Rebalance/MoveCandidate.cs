namespace Llumnix.Scheduling.Rebalance;

/// <summary>A request that its instance may move.</summary>
/// <param name="Request">The request.</param>
/// <param name="Priority">Its class.</param>
/// <param name="Arrival">When it entered the cluster, on a scale that all requests share.</param>
/// <param name="KnownTokens">Prompt and output tokens so far.</param>
/// <param name="BlockCount">Blocks it holds, shared ones included; 0 while it waits.</param>
/// <param name="Demand">Blocks its tokens take at a destination.</param>
/// <param name="Running">Whether it is in the batch; else it waits.</param>
public readonly record struct MoveCandidate(
    RequestId Request, Priority Priority, long Arrival, int KnownTokens, int BlockCount, int Demand, bool Running);
