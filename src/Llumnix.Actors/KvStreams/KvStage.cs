namespace Llumnix.Actors.KvStreams;

/// <summary>One stage on its way out.</summary>
/// <param name="stream">The stream it belongs to.</param>
/// <param name="memory">The memory the blocks lie in.</param>
/// <param name="blocks">The blocks, at least one; pinned by their owner until the stage is over.</param>
internal sealed class KvStage(KvStreamId stream, IKvBlockMemory memory, IReadOnlyList<KvBlockRef> blocks)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public KvStreamId Stream => stream;

    public IKvBlockMemory Memory => memory;

    public int Count => blocks.Count;

    public long Bytes => (long)blocks.Count * memory.BytesPerBlock;

    /// <summary>Completes when the destination has all of it, fails when it never will.</summary>
    public Task Over => _over.Task;

    public KvBlockRef this[int index] => blocks[index];

    /// <summary>The name of the last block, which the destination's receipt bears.</summary>
    public int LastIndex => blocks[^1].Index;

    /// <summary>What is sent before a block's bytes.</summary>
    public KvFrameHeader HeaderOf(int index, ulong checksum) => new(
        index == blocks.Count - 1 ? KvFrameKind.LastBlock : KvFrameKind.Block, stream, blocks[index].Index, memory.BytesPerBlock, checksum);

    /// <summary>Leases the memory for one block.</summary>
    /// <exception cref="KvStreamException">The instance whose memory it is has ended.</exception>
    public void Lease(int index)
    {
        if (!memory.TryLease())
            throw new KvStreamException($"KV stream {stream} ends before block {blocks[index].Index}: its source instance has ended");
    }

    public void Arrived() => _over.TrySetResult();

    public void Fail(Exception reason) => _over.TrySetException(reason as KvStreamException ?? new KvStreamException(reason.Message, reason));
}
