using Llumnix.Gpu.Models;
using Llumnix.Scheduling;

namespace Llumnix.Gpu.Execution;

/// <summary>The shape of an instance's KV memory: <c>[blocks, layers, 2, block-size, kv-heads, head-dim]</c>; a block is one piece.</summary>
public sealed record KvLayout(int Blocks, int Layers, int BlockSize, int KvHeads, int HeadDim, WeightType Type)
{
    public int BytesPerElement => Type == WeightType.F32 ? 4 : 2;

    /// <summary>Elements of K (or of V) of one layer in one block.</summary>
    public int ElementsPerPlane => BlockSize * KvHeads * HeadDim;

    public long ElementsPerBlock => 2L * Layers * ElementsPerPlane;

    public long BytesPerBlock => ElementsPerBlock * BytesPerElement;

    public long TotalBytes => BytesPerBlock * Blocks;

    public long BytesPerToken => BytesPerBlock / BlockSize;

    /// <summary>Checks that a block is there.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public void Check(BlockId block)
    {
        if (block.Index < 0 || block.Index >= Blocks)
            throw new ArgumentException($"There is no block {block.Index}; the blocks are 0 to {Blocks - 1}.", nameof(block));
    }

    /// <summary>Checks that a block is there and that a buffer for it has its size.</summary>
    /// <exception cref="ArgumentException">It is not, or has not.</exception>
    public void Check(BlockId block, int bufferBytes)
    {
        Check(block);
        if (bufferBytes != BytesPerBlock)
            throw new ArgumentException($"A buffer of {bufferBytes} bytes was given for a block of {BytesPerBlock} bytes.", nameof(bufferBytes));
    }
}
