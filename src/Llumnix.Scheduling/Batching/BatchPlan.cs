using System.Runtime.InteropServices;

namespace Llumnix.Scheduling.Batching;

/// <summary>
/// What one step computes: prefill chunks and decodes, mixed. A plan is made by a batch scheduler, which owns and reuses its memory:
/// it is valid until that scheduler plans its next step, and is not changed while the step runs.
/// </summary>
public sealed class BatchPlan
{
    private readonly List<BatchItem> _items = [];
    private readonly List<RequestId> _preempted = [];
    private readonly List<RequestId> _admitted = [];
    private int[] _blocks = new int[256];
    private int _blocksUsed;

    /// <summary>The requests in the step.</summary>
    public IReadOnlyList<BatchItem> Items => _items;

    /// <summary>The same without an interface in between, for loops over every item of every step.</summary>
    public ReadOnlySpan<BatchItem> ItemSpan => CollectionsMarshal.AsSpan(_items);

    /// <summary>Requests that lost their blocks when this step was planned and wait again; they keep their tokens.</summary>
    public IReadOnlyList<RequestId> Preempted => _preempted;

    /// <summary>Requests that left the waiting queue for this step.</summary>
    public IReadOnlyList<RequestId> Admitted => _admitted;

    /// <summary>The block ids of all items' block tables.</summary>
    public ReadOnlySpan<int> Blocks => _blocks.AsSpan(0, _blocksUsed);

    /// <summary>How many tokens the step computes.</summary>
    public int TokenCount { get; private set; }

    /// <summary>How many items sample a token.</summary>
    public int SampleCount { get; private set; }

    /// <summary>The block table of <paramref name="item"/>.</summary>
    public ReadOnlySpan<int> BlockTable(BatchItem item) => _blocks.AsSpan(item.BlockOffset, item.BlockCount);

    /// <summary>Empties the plan for the next step.</summary>
    public void Clear()
    {
        _items.Clear();
        _preempted.Clear();
        _admitted.Clear();
        _blocksUsed = 0;
        TokenCount = 0;
        SampleCount = 0;
    }

    /// <summary>Adds one request's share; <paramref name="blocks"/> is copied.</summary>
    public void Add(RequestId id, int start, int count, bool samples, ReadOnlySpan<int> blocks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (_blocksUsed + blocks.Length > _blocks.Length) Array.Resize(ref _blocks, Math.Max(_blocks.Length * 2, _blocksUsed + blocks.Length));

        blocks.CopyTo(_blocks.AsSpan(_blocksUsed));
        _items.Add(new BatchItem(id, start, count, samples, _blocksUsed, blocks.Length));
        _blocksUsed += blocks.Length;
        TokenCount += count;
        if (samples) SampleCount++;
    }

    /// <summary>Notes that <paramref name="id"/> was preempted to make room for this step.</summary>
    public void AddPreempted(RequestId id) => _preempted.Add(id);

    /// <summary>Notes that <paramref name="id"/> waits no longer.</summary>
    public void AddAdmitted(RequestId id) => _admitted.Add(id);
}
