using Llumnix.Scheduling;

namespace Llumnix.Actors.KvStreams;

/// <summary>The blocks of one instance's KV memory, as a stream sees them. Safe for concurrent use on different blocks.</summary>
public interface IKvBlockMemory
{
    /// <summary>Bytes in a block.</summary>
    int BytesPerBlock { get; }

    /// <summary>
    /// The block's bytes where they lie, if the processor can reach them; empty where they lie on a device, so that they must be copied
    /// by <see cref="Read"/> and <see cref="Write"/>.
    /// </summary>
    Memory<byte> Map(BlockId block);

    /// <summary>Copies a block out into <see cref="BytesPerBlock"/> bytes.</summary>
    void Read(BlockId block, Span<byte> target);

    /// <summary>Copies a block in.</summary>
    void Write(BlockId block, ReadOnlySpan<byte> source);
}
