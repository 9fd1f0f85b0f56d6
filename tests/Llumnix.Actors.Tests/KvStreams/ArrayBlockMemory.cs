using Llumnix.Actors.KvStreams;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.KvStreams;

/// <summary>Block memory in an array, reachable by the processor or only by copies, as on a device.</summary>
internal sealed class ArrayBlockMemory(int blocks, int bytesPerBlock, bool mapped) : IKvBlockMemory
{
    private readonly byte[] _bytes = new byte[blocks * bytesPerBlock];

    public int BytesPerBlock => bytesPerBlock;

    public static ArrayBlockMemory Random(int blocks, int bytesPerBlock, bool mapped, int seed)
    {
        var memory = new ArrayBlockMemory(blocks, bytesPerBlock, mapped);
        new Random(seed).NextBytes(memory._bytes);
        return memory;
    }

    public Span<byte> Block(int block) => _bytes.AsSpan(block * bytesPerBlock, bytesPerBlock);

    public bool TryLease() => true;

    public void EndLease()
    {
    }

    public void Touch(BlockId block)
    {
    }

    public Memory<byte> Map(BlockId block) => mapped ? _bytes.AsMemory(block.Index * bytesPerBlock, bytesPerBlock) : Memory<byte>.Empty;

    public void Read(BlockId block, Span<byte> target) => Block(block.Index).CopyTo(target);

    public void Write(BlockId block, ReadOnlySpan<byte> source) => source.CopyTo(Block(block.Index));
}
