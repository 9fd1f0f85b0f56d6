namespace Llumnix.Scheduling.Batching;

/// <summary>How far a request is on its instance.</summary>
/// <param name="Phase">Waiting or running.</param>
/// <param name="Paused">Whether it is left out of steps until resumed.</param>
/// <param name="Priority">Its class.</param>
/// <param name="KnownTokens">Prompt and output tokens so far.</param>
/// <param name="ComputedTokens">Positions whose KV stands in its blocks; 0 while it waits.</param>
/// <param name="BlockCount">Blocks it holds, shared ones included: its physical usage.</param>
/// <param name="Preemptions">How often it lost its blocks.</param>
public readonly record struct SequenceStatus(
    SequencePhase Phase, bool Paused, Priority Priority, int KnownTokens, int ComputedTokens, int BlockCount, int Preemptions);
