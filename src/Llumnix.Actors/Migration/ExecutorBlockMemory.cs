using System.Runtime.InteropServices;
using Llumnix.Actors.KvStreams;
using Llumnix.Gpu.Execution;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Migration;

/// <summary>
/// An executor's KV memory for streams, and the executor's end: disposed of, it gives no further leases, and the executor is disposed of
/// with the last one that is given back. So an instance ends at once, while a stream that still reads or writes one of its blocks does so
/// in memory that is there.
/// </summary>
/// <param name="executor">Becomes this one's to dispose.</param>
internal sealed class ExecutorBlockMemory(IModelExecutor executor) : IKvBlockMemory, IDisposable
{
    private const int Ended = 1 << 30;
    private const int PageInts = 4096 / sizeof(int);

    // Leases, and whether the instance has ended.
    private int _state;

    public int BytesPerBlock { get; } = checked((int)executor.Kv.BytesPerBlock);

    /// <summary>Leases not given back.</summary>
    public int Leases => Volatile.Read(ref _state) & ~Ended;

    public bool TryLease()
    {
        int seen = Volatile.Read(ref _state);
        while ((seen & Ended) == 0)
        {
            int before = Interlocked.CompareExchange(ref _state, seen + 1, seen);
            if (before == seen) return true;
            seen = before;
        }

        return false;
    }

    public void EndLease()
    {
        if (Interlocked.Decrement(ref _state) == Ended) executor.Dispose();
    }

    public Memory<byte> Map(BlockId block) => executor.MapBlock(block);

    public void Touch(BlockId block)
    {
        var bytes = MemoryMarshal.Cast<byte, int>(executor.MapBlock(block).Span);
        // Adding nothing, in one atomic access: the page becomes real, and nobody's write is lost.
        for (int i = 0; i < bytes.Length; i += PageInts) Interlocked.Add(ref bytes[i], 0);
    }

    public void Read(BlockId block, Span<byte> target) => executor.ReadBlock(block, target);

    public void Write(BlockId block, ReadOnlySpan<byte> source) => executor.WriteBlock(block, source);

    public void Dispose()
    {
        if (Interlocked.Or(ref _state, Ended) == 0) executor.Dispose();
    }
}
