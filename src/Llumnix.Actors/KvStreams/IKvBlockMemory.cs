using Llumnix.Scheduling;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// The blocks of one instance's KV memory, as a stream sees them. Safe for concurrent use on different blocks. An instance may end while
/// a stream is under way: whoever touches a block holds a lease meanwhile, and the memory stays where it is until the last one is given
/// back.
/// </summary>
public interface IKvBlockMemory
{
    /// <summary>Bytes in a block.</summary>
    int BytesPerBlock { get; }

    /// <summary>Keeps the memory where it is until <see cref="EndLease"/>; false where its instance has ended.</summary>
    bool TryLease();

    /// <summary>Gives one lease back.</summary>
    void EndLease();

    /// <summary>
    /// The block's bytes where they lie, if the processor can reach them; empty where they lie on a device, so that they must be copied
    /// by <see cref="Read"/> and <see cref="Write"/>. Under a lease only.
    /// </summary>
    Memory<byte> Map(BlockId block);

    /// <summary>
    /// Has the system back the block with real memory, as far as the processor reaches it; what stands there stays, also what is being
    /// written. The first touch of fresh memory costs milliseconds a block. Under a lease only.
    /// </summary>
    void Touch(BlockId block);

    /// <summary>Copies a block out into <see cref="BytesPerBlock"/> bytes. Under a lease only.</summary>
    void Read(BlockId block, Span<byte> target);

    /// <summary>Copies a block in. Under a lease only.</summary>
    void Write(BlockId block, ReadOnlySpan<byte> source);
}
