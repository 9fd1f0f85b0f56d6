using System.Buffers;

namespace Llumnix.Actors.KvStreams;

/// <summary>Copies blocks between two memories of this process.</summary>
internal static class KvMemoryCopy
{
    /// <summary>Copies a block into its reservation and answers as a destination in another process would: null where nothing is to say.</summary>
    /// <exception cref="KvStreamException">The source instance has ended.</exception>
    public static KvFrameHeader? Copy(KvStage stage, int index, KvInbox inbox)
    {
        var header = stage.HeaderOf(index, 0);
        if (inbox.Find(stage.Stream) is not { } reservation) return header.Answer(KvFrameKind.UnknownStream);
        if (!reservation.TryLease(header.Index, header.Length, out var block)) return header.Answer(KvFrameKind.NotReserved);

        bool copied = false;
        try
        {
            stage.Lease(index);
            try
            {
                Copy(stage.Memory, stage[index].Block, reservation.Memory, block);
                copied = true;
            }
            finally
            {
                stage.Memory.EndLease();
            }
        }
        finally
        {
            reservation.EndLease(header.Index, copied);
        }

        return header.Kind == KvFrameKind.LastBlock ? header.Answer(KvFrameKind.Receipt) : null;
    }

    private static void Copy(IKvBlockMemory source, Scheduling.BlockId from, IKvBlockMemory destination, Scheduling.BlockId to)
    {
        Memory<byte> read = source.Map(from);
        Memory<byte> written = destination.Map(to);
        if (!written.IsEmpty)
        {
            if (read.IsEmpty) source.Read(from, written.Span);
            else read.Span.CopyTo(written.Span);
        }
        else if (!read.IsEmpty)
        {
            destination.Write(to, read.Span);
        }
        else
        {
            byte[] pooled = ArrayPool<byte>.Shared.Rent(source.BytesPerBlock);
            source.Read(from, pooled.AsSpan(0, source.BytesPerBlock));
            destination.Write(to, pooled.AsSpan(0, source.BytesPerBlock));
            ArrayPool<byte>.Shared.Return(pooled);
        }
    }
}
