using System.Collections.Concurrent;
using Llumnix.Scheduling;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// What this node awaits: for each reserved stream the blocks it may write. A block is written only under a lease, and a reservation
/// that was closed has no lease left, so that its blocks can be given away.
/// </summary>
public sealed class KvInbox
{
    private readonly ConcurrentDictionary<KvStreamId, KvReservation> _streams = new();

    /// <summary>The number of streams reserved.</summary>
    public int Count => _streams.Count;

    /// <summary>Reserves <paramref name="stream"/>: its block i is written into <paramref name="blocks"/>[i].</summary>
    /// <param name="stream">Its name.</param>
    /// <param name="memory">The memory the blocks lie in.</param>
    /// <param name="blocks">Where its blocks go.</param>
    /// <param name="onMessage">Takes the source's message, on any thread; the blocks before it have come, or were refused. Null takes none.</param>
    /// <exception cref="InvalidOperationException">The stream is reserved already.</exception>
    public KvReservation Reserve(KvStreamId stream, IKvBlockMemory memory, IEnumerable<BlockId> blocks, Action<byte[]>? onMessage = null)
    {
        var reservation = new KvReservation(this, stream, memory, blocks, onMessage);
        if (!_streams.TryAdd(stream, reservation)) throw new InvalidOperationException($"KV stream {stream} is reserved already.");
        return reservation;
    }

    internal KvReservation? Find(KvStreamId stream) => _streams.GetValueOrDefault(stream);

    internal void Remove(KvStreamId stream) => _streams.TryRemove(stream, out _);
}
