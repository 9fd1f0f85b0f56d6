using System.Buffers;

namespace Llumnix.Actors.KvStreams;

/// <summary>Copies a block between two memories of this process.</summary>
internal static class KvMemoryCopy
{
    /// <summary>Copies the block into its reservation and answers as a destination in another process would: null where nothing is to say.</summary>
    public static KvFrameHeader? Copy(KvSendItem item, KvInbox inbox)
    {
        if (inbox.Find(item.Stream) is not { } reservation) return Answer(item, KvFrameKind.UnknownStream);
        int bytes = item.Memory.BytesPerBlock;
        if (!reservation.TryLease(item.Index, bytes, out var block)) return Answer(item, KvFrameKind.NotReserved);

        bool leased = item.Memory.TryLease();
        bool copied = false;
        try
        {
            if (!leased) throw SourceEnded(item);
            Memory<byte> from = item.Memory.Map(item.Block);
            Memory<byte> to = reservation.Memory.Map(block);
            if (!to.IsEmpty)
            {
                if (from.IsEmpty) item.Memory.Read(item.Block, to.Span);
                else from.Span.CopyTo(to.Span);
            }
            else if (!from.IsEmpty)
            {
                reservation.Memory.Write(block, from.Span);
            }
            else
            {
                byte[] pooled = ArrayPool<byte>.Shared.Rent(bytes);
                item.Memory.Read(item.Block, pooled.AsSpan(0, bytes));
                reservation.Memory.Write(block, pooled.AsSpan(0, bytes));
                ArrayPool<byte>.Shared.Return(pooled);
            }

            copied = true;
        }
        finally
        {
            if (leased) item.Memory.EndLease();
            reservation.EndLease(item.Index, copied);
        }

        return item.LastOfStage ? Answer(item, KvFrameKind.Receipt) : null;
    }

    /// <summary>What a stream is told whose blocks are gone.</summary>
    public static KvStreamException SourceEnded(KvSendItem item) =>
        new($"KV stream {item.Stream} ends before block {item.Index}: its source instance has ended");

    private static KvFrameHeader Answer(KvSendItem item, KvFrameKind kind) => new(kind, item.Stream, item.Index, 0, 0);
}
