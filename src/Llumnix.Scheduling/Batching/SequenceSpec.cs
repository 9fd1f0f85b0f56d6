using Llumnix.Scheduling.Memory;

namespace Llumnix.Scheduling.Batching;

/// <summary>What the batch scheduler must know of a request; it sees counts and hashes, never tokens.</summary>
/// <param name="Id">The request.</param>
/// <param name="Priority">Its priority class.</param>
/// <param name="Arrival">When it entered the cluster, on any scale that all requests share; earlier goes first within a class.</param>
/// <param name="KnownTokens">Prompt tokens plus tokens already generated elsewhere: what must be prefilled before the next token.</param>
/// <param name="TokenLimit">The most tokens it can come to have: prompt plus max tokens, at most the model's context.</param>
/// <param name="BlockHashes">
/// For each full block of its known tokens, the hash of all tokens up to the block's end (<see cref="BlockHash.Chain"/>); empty where
/// nothing is to be shared.
/// </param>
public sealed record SequenceSpec(
    RequestId Id, Priority Priority, long Arrival, int KnownTokens, int TokenLimit, IReadOnlyList<BlockHash> BlockHashes)
{
    /// <summary>Tokens of its prompt, for the queue order; all known tokens where it was not generating before.</summary>
    public int PromptTokens { get; init; } = KnownTokens;
}
