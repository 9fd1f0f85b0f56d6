using System.Buffers.Binary;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// The 32 bytes before each frame of a KV connection, little-endian: magic (4), kind (1), version (1), reserved (2), stream (8),
/// block index within the request's block table (4), payload bytes (4), XXH3 of the payload (8).
/// </summary>
public readonly record struct KvFrameHeader(KvFrameKind Kind, KvStreamId Stream, int Index, int Length, ulong Checksum)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 32;

    private const uint Magic = 0x4B564C31; // "1LVK"
    private const byte Version = 1;

    /// <summary>What the destination answers to this frame.</summary>
    public KvFrameHeader Answer(KvFrameKind kind) => new(kind, Stream, Index, 0, 0);

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        target[4] = (byte)Kind;
        target[5] = Version;
        target[6] = 0;
        target[7] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Stream.Value);
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], Index);
        BinaryPrimitives.WriteInt32LittleEndian(target[20..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Checksum);
    }

    /// <summary>Reads <see cref="Size"/> bytes.</summary>
    /// <exception cref="KvStreamException">They are no header of this version.</exception>
    public static KvFrameHeader Read(ReadOnlySpan<byte> source)
    {
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (magic != Magic) throw new KvStreamException($"a KV connection carried {magic:x8} where a frame starts with {Magic:x8}");
        if (source[5] != Version) throw new KvStreamException($"a KV connection speaks version {source[5]}, this node speaks {Version}");
        var kind = (KvFrameKind)source[4];
        if (kind is < KvFrameKind.Block or > KvFrameKind.Message)
            throw new KvStreamException($"a KV connection carried a frame of the unknown kind {source[4]}");

        int index = BinaryPrimitives.ReadInt32LittleEndian(source[16..]);
        int length = BinaryPrimitives.ReadInt32LittleEndian(source[20..]);
        if (index < 0 || length < 0) throw new KvStreamException($"a KV connection carried a frame with index {index} and length {length}");

        return new KvFrameHeader(
            kind,
            new KvStreamId(BinaryPrimitives.ReadUInt64LittleEndian(source[8..])),
            index,
            length,
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]));
    }
}
