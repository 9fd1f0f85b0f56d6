using Llumnix.Actors.KvStreams;
using Llumnix.Gpu.Execution;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Migration;

/// <summary>
/// An executor's KV memory for streams. Once it is disposed of, which waits for the copies under way, streams get an error instead of
/// memory that is no longer there.
/// </summary>
internal sealed class ExecutorBlockMemory(IModelExecutor executor) : IKvBlockMemory, IDisposable
{
    private readonly ReaderWriterLockSlim _gate = new();
    private bool _gone;

    public int BytesPerBlock { get; } = checked((int)executor.Kv.BytesPerBlock);

    /// <summary>Nothing: a stream that held memory of an instance that ends would write into what is freed.</summary>
    public Memory<byte> Map(BlockId block) => Memory<byte>.Empty;

    public void Read(BlockId block, Span<byte> target)
    {
        _gate.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_gone, this);
            executor.ReadBlock(block, target);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    public void Write(BlockId block, ReadOnlySpan<byte> source)
    {
        _gate.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_gone, this);
            executor.WriteBlock(block, source);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    public void Dispose()
    {
        _gate.EnterWriteLock();
        _gone = true;
        _gate.ExitWriteLock();
    }
}
