using Llumnix.Scheduling.Memory;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Scheduling.Batching;

/// <summary>One request in a batch scheduler.</summary>
internal sealed class Sequence(SequenceSpec spec, IQueueOrder order, bool keepHashes)
{
    private BlockId[] _blocks = [];
    private BlockHash[] _hashes = keepHashes ? [.. spec.BlockHashes] : [];

    public RequestId Id { get; } = spec.Id;

    public Priority Priority { get; } = spec.Priority;

    public long Arrival { get; } = spec.Arrival;

    /// <summary>In its class, by the queue order; fixed for life, so that the order of service is one strict order.</summary>
    public long Place { get; } = order.PlaceOf(new QueuedRequest(spec.Priority, spec.Arrival, spec.PromptTokens));

    public int Limit { get; } = spec.TokenLimit;

    public int Known { get; set; } = spec.KnownTokens;

    /// <summary>Positions whose KV stands in the blocks.</summary>
    public int Computed { get; set; }

    public SequencePhase Phase { get; set; }

    public bool Paused { get; set; }

    /// <summary>Whether the step under way writes its blocks.</summary>
    public bool InStep { get; set; }

    /// <summary>Whether it was cancelled while in a step, which still has to end before its blocks are free.</summary>
    public bool Gone { get; set; }

    public int Preemptions { get; set; }

    /// <summary>Leading blocks that were shared from the cache or offered to it.</summary>
    public int Cached { get; set; }

    public int BlockCount { get; private set; }

    public int HashCount { get; private set; } = keepHashes ? spec.BlockHashes.Count : 0;

    /// <summary>Whom it waits for to compute the block <see cref="AwaitedBlock"/> that both need.</summary>
    public Sequence? Awaited { get; set; }

    public int AwaitedBlock { get; set; }

    public int Remaining => Known - Computed;

    public ReadOnlySpan<BlockId> Blocks => _blocks.AsSpan(0, BlockCount);

    public BlockHash Hash(int block) => _hashes[block];

    public void Append(BlockId block)
    {
        if (BlockCount == _blocks.Length) Array.Resize(ref _blocks, Math.Max(4, BlockCount * 2));
        _blocks[BlockCount++] = block;
    }

    /// <summary>Makes room for <paramref name="count"/> blocks, so that a long prompt does not grow the table step by step.</summary>
    public void EnsureCapacity(int count)
    {
        if (_blocks.Length < count) Array.Resize(ref _blocks, count);
    }

    public void ClearBlocks() => BlockCount = 0;

    public void AppendHash(BlockHash hash)
    {
        if (HashCount == _hashes.Length) Array.Resize(ref _hashes, Math.Max(4, HashCount * 2));
        _hashes[HashCount++] = hash;
    }

    /// <summary>Whether it is about to compute the block <paramref name="index"/> of content <paramref name="hash"/>.</summary>
    public bool WillCompute(int index, BlockHash hash, int blockSize) =>
        Phase == SequencePhase.Running && !Paused && !Gone && index < HashCount && Computed < (index + 1) * blockSize && _hashes[index] == hash;

    /// <summary>The order of service: the more urgent class, then the place in it, the earlier arrival, the lower id.</summary>
    public static int Compare(Sequence left, Sequence right)
    {
        int order = left.Priority.CompareTo(right.Priority);
        if (order == 0) order = left.Place.CompareTo(right.Place);
        if (order == 0) order = left.Arrival.CompareTo(right.Arrival);
        return order != 0 ? order : left.Id.CompareTo(right.Id);
    }
}
