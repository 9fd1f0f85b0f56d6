using Llumnix.Gpu.Execution;
using Llumnix.Scheduling;

namespace Llumnix.Gpu.Memory;

/// <summary>KV memory in host memory; see <see cref="KvLayout"/> for its shape.</summary>
internal sealed unsafe class KvMemory(KvLayout layout) : IDisposable
{
    private readonly HostBuffer _memory = new(layout.TotalBytes);

    public KvLayout Layout { get; } = layout;

    /// <summary>The first byte of K (<paramref name="plane"/> 0) or V (1) of a layer in a block: <c>[block-size, kv-heads, head-dim]</c>.</summary>
    public byte* Plane(int block, int layer, int plane) =>
        _memory.Data + (block * Layout.BytesPerBlock) + ((((long)layer * 2) + plane) * Layout.ElementsPerPlane * Layout.BytesPerElement);

    /// <summary>Copies a block out.</summary>
    /// <exception cref="ArgumentException">There is no such block, or the target has another size than a block.</exception>
    public void Read(BlockId block, Span<byte> target) => Block(block, target.Length).CopyTo(target);

    /// <summary>Copies a block in.</summary>
    /// <exception cref="ArgumentException">There is no such block, or the source has another size than a block.</exception>
    public void Write(BlockId block, ReadOnlySpan<byte> source) => source.CopyTo(Block(block, source.Length));

    public void Dispose() => _memory.Dispose();

    private Span<byte> Block(BlockId block, int bytes)
    {
        Layout.Check(block, bytes);
        return new Span<byte>(_memory.Data + (block.Index * Layout.BytesPerBlock), bytes);
    }
}
