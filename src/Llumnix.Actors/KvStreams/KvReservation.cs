using Llumnix.Scheduling;

namespace Llumnix.Actors.KvStreams;

/// <summary>The destination's end of one KV stream: where its blocks go and which have come. Safe for concurrent use.</summary>
public sealed class KvReservation
{
    private readonly Lock _gate = new();
    private readonly KvInbox _inbox;
    private readonly Action<byte[]>? _onMessage;
    private readonly List<BlockId> _blocks;
    private readonly List<bool> _arrived;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (int Count, TaskCompletionSource Arrived)? _awaited;
    private int _leases;
    private bool _closed;
    private bool _progress;

    internal KvReservation(KvInbox inbox, KvStreamId stream, IKvBlockMemory memory, IEnumerable<BlockId> blocks, Action<byte[]>? onMessage)
    {
        _inbox = inbox;
        _onMessage = onMessage;
        Stream = stream;
        Memory = memory;
        _blocks = [.. blocks];
        _arrived = [.. _blocks.Select(_ => false)];
    }

    public KvStreamId Stream { get; }

    /// <summary>The memory the blocks lie in.</summary>
    public IKvBlockMemory Memory { get; }

    /// <summary>Adds a block after the last: the request grew on its source.</summary>
    public void Extend(BlockId block)
    {
        lock (_gate)
        {
            _blocks.Add(block);
            _arrived.Add(false);
        }
    }

    /// <summary>Whether the stream's first <paramref name="count"/> blocks are in place and checked.</summary>
    public bool HasFirst(int count)
    {
        lock (_gate) return AllArrived(count);
    }

    /// <summary>Completes when the stream's first <paramref name="count"/> blocks are in place and checked; never after the end of the stream.</summary>
    public Task WhenFirst(int count)
    {
        lock (_gate)
        {
            if (AllArrived(count)) return Task.CompletedTask;
            if (_awaited is { } awaited && awaited.Count == count) return awaited.Arrived.Task;
            _awaited = (count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return _awaited.Value.Arrived.Task;
        }
    }

    /// <summary>Whether a block came since this was asked last.</summary>
    public bool TakeProgress()
    {
        lock (_gate)
        {
            bool progress = _progress || _leases > 0;
            _progress = false;
            return progress;
        }
    }

    /// <summary>
    /// Takes no more blocks. Completes when nothing writes into the reservation's blocks any more; they may be given away then.
    /// </summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (_leases == 0) _released.TrySetResult();
        }

        _inbox.Remove(Stream);
        return _released.Task;
    }

    /// <summary>Whether nothing is being written into its blocks.</summary>
    internal bool IsIdle()
    {
        lock (_gate) return _leases == 0;
    }

    /// <summary>Leases block <paramref name="index"/> and its memory for writing, if it is reserved here and has that many bytes.</summary>
    internal bool TryLease(int index, int bytes, out BlockId block)
    {
        lock (_gate)
        {
            block = default;
            if (_closed || index >= _blocks.Count || bytes != Memory.BytesPerBlock || !Memory.TryLease()) return false;
            // A block that is being written again does not count as arrived until it is whole again.
            _arrived[index] = false;
            _leases++;
            block = _blocks[index];
            return true;
        }
    }

    /// <summary>Ends a lease; <paramref name="intact"/> says whether the block is in place and checked.</summary>
    internal void EndLease(int index, bool intact)
    {
        Memory.EndLease();
        lock (_gate)
        {
            _arrived[index] = intact;
            _progress = true;
            _leases--;
            if (_awaited is { } awaited && AllArrived(awaited.Count)) awaited.Arrived.TrySetResult();
            if (_closed && _leases == 0) _released.TrySetResult();
        }
    }

    /// <summary>The source's message has come.</summary>
    internal void Deliver(byte[] message)
    {
        lock (_gate)
        {
            if (_closed) return;
        }

        _onMessage?.Invoke(message);
    }

    private bool AllArrived(int count)
    {
        if (count > _arrived.Count) return false;
        for (int i = 0; i < count; i++)
        {
            if (!_arrived[i]) return false;
        }

        return true;
    }
}
