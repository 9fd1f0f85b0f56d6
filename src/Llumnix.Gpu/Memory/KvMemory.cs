using System.Buffers;
using Llumnix.Gpu.Execution;
using Llumnix.Scheduling;

namespace Llumnix.Gpu.Memory;

/// <summary>KV memory in host memory; see <see cref="KvLayout"/> for its shape.</summary>
internal sealed unsafe class KvMemory : IDisposable
{
    private readonly HostBuffer _memory;
    private readonly Segment[] _segments;
    private readonly int _blocksPerSegment;

    public KvMemory(KvLayout layout)
    {
        Layout = layout;
        _memory = new HostBuffer(layout.TotalBytes);
        // A Memory<byte> reaches 2 GiB; a block larger than that is not mapped.
        _blocksPerSegment = (int)Math.Min(layout.Blocks, int.MaxValue / layout.BytesPerBlock);
        int segments = _blocksPerSegment == 0 ? 0 : (layout.Blocks + _blocksPerSegment - 1) / _blocksPerSegment;
        _segments = new Segment[segments];
        long bytes = _blocksPerSegment * layout.BytesPerBlock;
        for (int i = 0; i < segments; i++)
            _segments[i] = new Segment(_memory.Data + (i * bytes), (int)Math.Min(bytes, layout.TotalBytes - (i * bytes)));
    }

    public KvLayout Layout { get; }

    /// <summary>The first byte of K (<paramref name="plane"/> 0) or V (1) of a layer in a block: <c>[block-size, kv-heads, head-dim]</c>.</summary>
    public byte* Plane(int block, int layer, int plane) =>
        _memory.Data + (block * Layout.BytesPerBlock) + ((((long)layer * 2) + plane) * Layout.ElementsPerPlane * Layout.BytesPerElement);

    /// <summary>A block's bytes, valid until disposal; empty where a block is larger than a <see cref="Memory{T}"/> can be.</summary>
    /// <exception cref="ArgumentException">There is no such block.</exception>
    public Memory<byte> Map(BlockId block)
    {
        Layout.Check(block);
        if (_segments.Length == 0) return Memory<byte>.Empty;
        int bytes = (int)Layout.BytesPerBlock;
        return _segments[block.Index / _blocksPerSegment].Memory.Slice(block.Index % _blocksPerSegment * bytes, bytes);
    }

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

    /// <summary>Some whole blocks. It never moves, so pinning it is nothing.</summary>
    private sealed class Segment(byte* data, int bytes) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(data, bytes);

        public override MemoryHandle Pin(int elementIndex = 0) => new(data + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
