using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Memory;

namespace Llumnix.Gpu.Engine;

/// <summary>
/// Names the full blocks of sequences by what their KV follows from: the model, the kernels that compute it, and all tokens up to the
/// block's end. Two instances of one model and kernel class give equal blocks equal names.
/// </summary>
/// <param name="model">Names the weights.</param>
/// <param name="kernelClass">The executor's <see cref="Execution.IModelExecutor.KernelClass"/>.</param>
/// <param name="blockSize">Tokens in a block.</param>
/// <param name="share">Whether blocks are shared at all; if not, none is hashed.</param>
public sealed class PromptHasher(string model, string kernelClass, int blockSize, bool share)
{
    private readonly BlockHash _root = BlockHash.Root($"{model}\n{kernelClass}");

    /// <summary>What a batch scheduler must know of a sequence to take it in, the hashes of its full blocks included.</summary>
    /// <param name="sequence">The sequence, new or already under way.</param>
    /// <param name="priority">Its class.</param>
    /// <param name="arrival">When it entered the cluster.</param>
    public SequenceSpec Spec(Sequence sequence, Priority priority, long arrival)
    {
        BlockHash[] hashes = !share ? [] : BlockHash.Chain(_root, sequence.Tokens, blockSize);
        sequence.HashedBlocks = hashes.Length;
        sequence.LastHash = hashes.Length == 0 ? _root : hashes[^1];
        return new SequenceSpec(sequence.Id, priority, arrival, sequence.Length, sequence.TokenLimit, hashes) { PromptTokens = sequence.PromptLength };
    }

    /// <summary>
    /// The hash of the next block that tokens generated since have filled, for <see cref="BatchScheduler.BlockFilled"/>; false where none
    /// is full. Each block is told once.
    /// </summary>
    public bool TryHashFilled(Sequence sequence, out BlockHash hash)
    {
        hash = default;
        int start = sequence.HashedBlocks * blockSize;
        if (!share || start + blockSize > sequence.Length) return false;

        hash = sequence.LastHash.Next(sequence.Tokens.Slice(start, blockSize));
        sequence.LastHash = hash;
        sequence.HashedBlocks++;
        return true;
    }
}
