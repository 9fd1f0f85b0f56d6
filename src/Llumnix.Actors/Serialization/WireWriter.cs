using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Serialization;

/// <summary>
/// Writes a binary message: whole numbers as LEB128 varints (7 bits a byte, low ones first), ids and reals in fixed width, little-endian.
/// Reused by its thread; what it wrote is copied out once.
/// </summary>
internal sealed class WireWriter
{
    private const int LargestKept = 1 << 20;

    [ThreadStatic]
    private static WireWriter? _spare;

    private byte[] _buffer = new byte[1024];
    private int _length;

    /// <summary>An empty writer; <see cref="Finish"/> gives it back.</summary>
    public static WireWriter Rent()
    {
        var writer = _spare ?? new WireWriter();
        _spare = null;
        writer._length = 0;
        return writer;
    }

    /// <summary>What was written.</summary>
    public byte[] Finish()
    {
        byte[] bytes = _buffer.AsSpan(0, _length).ToArray();
        if (_buffer.Length <= LargestKept) _spare = this;
        return bytes;
    }

    public void WriteByte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    public void WriteFlag(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>A number that is not negative, 1 to 5 bytes.</summary>
    /// <exception cref="SerializationException">It is negative.</exception>
    public void WriteCount(int value)
    {
        if (value < 0) throw new SerializationException($"{value} is negative where a wire message has a count or an index.");
        Reserve(5);
        WriteVarint((uint)value);
    }

    /// <summary>A number of either sign, 1 to 5 bytes: zigzag.</summary>
    public void WriteSigned(int value)
    {
        Reserve(5);
        WriteVarint((uint)((value << 1) ^ (value >> 31)));
    }

    /// <summary>How many there are, then each, none negative.</summary>
    public void WriteCounts(ReadOnlySpan<int> values)
    {
        WriteCount(values.Length);
        WriteEach(values);
    }

    /// <summary>Each, none negative, without how many.</summary>
    public void WriteEach(ReadOnlySpan<int> values)
    {
        Reserve(5L * values.Length);
        foreach (int value in values)
        {
            if (value < 0) throw new SerializationException($"{value} is negative where a wire message has a token.");
            WriteVarint((uint)value);
        }
    }

    /// <summary>A large number that is not negative, 1 to 9 bytes.</summary>
    /// <exception cref="SerializationException">It is negative.</exception>
    public void WriteLong(long value)
    {
        if (value < 0) throw new SerializationException($"{value} is negative where a wire message has a count.");
        Reserve(9);
        for (; value >= 0x80; value >>= 7) _buffer[_length++] = (byte)(value | 0x80);
        _buffer[_length++] = (byte)value;
    }

    public void WriteFixed(ulong value)
    {
        Reserve(8);
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_length), value);
        _length += 8;
    }

    public void WriteReal(float value)
    {
        Reserve(4);
        BinaryPrimitives.WriteSingleLittleEndian(_buffer.AsSpan(_length), value);
        _length += 4;
    }

    /// <summary>Its length, then each UTF-16 unit as a varint: any string survives, lone surrogates too, and ASCII takes a byte a letter.</summary>
    public void WriteText(string text)
    {
        WriteCount(text.Length);
        Reserve(3L * text.Length);
        foreach (char c in text) WriteVarint(c);
    }

    public void WriteRequest(RequestId request)
    {
        WriteFixed(request.High);
        WriteFixed(request.Low);
    }

    public void WriteEpoch(Epoch epoch)
    {
        WriteCount(epoch.Incarnation);
        WriteCount(epoch.Placement);
        // Nobody but the first gateway draws the first incarnation.
        if (epoch.Incarnation > 1) WriteSigned(epoch.Gateway);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteVarint(uint value)
    {
        byte[] buffer = _buffer;
        int length = _length;
        while (value >= 0x80)
        {
            buffer[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        buffer[length++] = (byte)value;
        _length = length;
    }

    private void Reserve(long count)
    {
        if (_length + count <= _buffer.Length) return;
        long needed = _length + count;
        if (needed > Array.MaxLength) throw new SerializationException($"A wire message of over {Array.MaxLength} bytes cannot be written.");
        Array.Resize(ref _buffer, (int)Math.Min(Math.Max(needed, 2L * _buffer.Length), Array.MaxLength));
    }
}
