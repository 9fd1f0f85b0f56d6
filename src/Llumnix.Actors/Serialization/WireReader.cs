using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Serialization;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Whatever the bytes are, it throws <see cref="SerializationException"/> only, and
/// takes no more memory than a small multiple of their number.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes, string message)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>The error that what was just read is wrong.</summary>
    public readonly SerializationException Error(string why) => new($"A {message} of {_bytes.Length} bytes is malformed at byte {_position}: {why}.");

    public byte ReadByte() => Take(1)[0];

    /// <summary>A byte that is at most <paramref name="most"/>.</summary>
    public byte ReadByte(byte most, string what)
    {
        byte value = ReadByte();
        return value <= most ? value : throw Error($"{what} is {value}, but at most {most} is known");
    }

    public bool ReadFlag() => ReadByte(1, "a flag") == 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadCount()
    {
        if (_position < _bytes.Length && _bytes[_position] < 0x80) return _bytes[_position++];
        uint value = ReadVarint();
        return value <= int.MaxValue ? (int)value : throw Error($"a count or an index is {value}");
    }

    public int ReadSigned()
    {
        uint value = ReadVarint();
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    public long ReadLong()
    {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte next = ReadByte();
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw Error("a number takes more than 63 bits");
    }

    /// <summary>How many elements follow, checked against the bytes that are left.</summary>
    public int ReadLength(int leastBytesEach)
    {
        int length = ReadCount();
        int left = _bytes.Length - _position;
        return (long)length * leastBytesEach <= left ? length : throw Error($"{length} elements are announced, but {left} bytes are left");
    }

    public int[] ReadCounts()
    {
        int[] values = new int[ReadLength(1)];
        ReadEach(values);
        return values;
    }

    public void ReadEach(Span<int> values)
    {
        // Token ids take up to 3 bytes; those are read without a call each while at least that many bytes are left.
        var bytes = _bytes;
        int position = _position;
        for (int i = 0; i < values.Length; i++)
        {
            if (position <= bytes.Length - 3)
            {
                int first = bytes[position], second = bytes[position + 1], third = bytes[position + 2];
                int length = first < 0x80 ? 1 : second < 0x80 ? 2 : third < 0x80 ? 3 : 0;
                if (length > 0)
                {
                    values[i] = length == 1 ? first : length == 2 ? first & 0x7F | second << 7 : first & 0x7F | (second & 0x7F) << 7 | third << 14;
                    position += length;
                    continue;
                }
            }

            _position = position;
            values[i] = ReadCount();
            position = _position;
        }

        _position = position;
    }

    public ulong ReadFixed() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public float ReadReal() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    public string ReadText()
    {
        int length = ReadLength(1);
        Span<char> text = length <= 256 ? stackalloc char[length] : new char[length];
        for (int i = 0; i < length; i++)
        {
            int unit = ReadCount();
            text[i] = unit <= char.MaxValue ? (char)unit : throw Error($"{unit} is no UTF-16 unit");
        }

        return new string(text);
    }

    public RequestId ReadRequest() => new(ReadFixed(), ReadFixed());

    public Epoch ReadEpoch()
    {
        var epoch = new Epoch(ReadCount(), ReadCount());
        return epoch.Incarnation > 1 ? epoch with { Gateway = ReadSigned() } : epoch;
    }

    /// <summary>Nothing may follow.</summary>
    public readonly void End()
    {
        if (_position < _bytes.Length) throw Error($"{_bytes.Length - _position} bytes follow its end");
    }

    private uint ReadVarint()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = ReadByte();
            if (shift == 28 && next > 0x0F) break;
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw Error("a number takes more than 32 bits");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_bytes.Length - _position < count) throw Error($"{count} more bytes are needed, but {_bytes.Length - _position} are left");
        var taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }
}
