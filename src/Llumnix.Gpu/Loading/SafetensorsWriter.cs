using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Loading;

/// <summary>Writes a <c>.safetensors</c> file: tensors in the order they were added, header padded to 8 bytes with spaces.</summary>
public sealed class SafetensorsWriter
{
    private const int ChunkElements = 16 * 1024;

    private readonly List<(string Name, WeightType Type, long[] Shape, ReadOnlyMemory<float> Values)> _tensors = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Adds a tensor; its values are rounded to <paramref name="type"/> (to nearest, ties to even) when the file is written.</summary>
    /// <param name="name">Its Hugging Face name.</param>
    /// <param name="type">How it is stored.</param>
    /// <param name="shape">Its sizes; their product is the length of <paramref name="values"/>.</param>
    /// <param name="values">Row-major; not copied.</param>
    public SafetensorsWriter Add(string name, WeightType type, long[] shape, ReadOnlyMemory<float> values)
    {
        long count = 1;
        foreach (long size in shape) count = checked(count * size);
        if (count != values.Length)
        {
            throw new ArgumentException(
                $"Tensor \"{name}\" of shape [{string.Join(", ", shape)}] needs {count} values, not {values.Length}.", nameof(values));
        }

        if (!_names.Add(name)) throw new ArgumentException($"Tensor \"{name}\" is there already.", nameof(name));
        _tensors.Add((name, type, shape, values));
        return this;
    }

    /// <summary>Writes the file, replacing one that is there.</summary>
    public void Save(string path)
    {
        using var stream = File.Create(path);
        byte[] header = Header();
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkElements * sizeof(float));
        foreach (var (_, type, _, values) in _tensors)
        {
            for (int start = 0; start < values.Length; start += ChunkElements)
            {
                var chunk = values.Span.Slice(start, Math.Min(ChunkElements, values.Length - start));
                stream.Write(buffer.AsSpan(0, Store(chunk, type, buffer)));
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static int BytesPerElement(WeightType type) => type == WeightType.F32 ? 4 : 2;

    private static int Store(ReadOnlySpan<float> values, WeightType type, Span<byte> target)
    {
        switch (type)
        {
            case WeightType.F32:
                values.CopyTo(MemoryMarshal.Cast<byte, float>(target));
                break;
            case WeightType.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(target);
                for (int i = 0; i < values.Length; i++) halves[i] = (Half)values[i];
                break;
            case WeightType.BF16:
                var shorts = MemoryMarshal.Cast<byte, ushort>(target);
                for (int i = 0; i < values.Length; i++) shorts[i] = ToBFloat16(values[i]);
                break;
            default:
                throw new InvalidOperationException($"{type} has no conversion.");
        }

        return values.Length * BytesPerElement(type);
    }

    private static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // Rounding could carry a NaN's payload into infinity: keep a quiet one.
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private byte[] Header()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long offset = 0;
            foreach (var (name, type, shape, values) in _tensors)
            {
                long end = offset + ((long)values.Length * BytesPerElement(type));
                json.WriteStartObject(name);
                json.WriteString("dtype", type.ToString());
                json.WriteStartArray("shape");
                foreach (long size in shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        while (memory.Length % 8 != 0) memory.WriteByte((byte)' ');
        return memory.ToArray();
    }
}
