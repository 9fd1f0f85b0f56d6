using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Llumnix.Training.Model;

/// <summary>The safetensors format: eight bytes of header length, a JSON header, raw little-endian values. BF16 only.</summary>
public static class SafeTensors
{
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> weights)
    {
        JsonObject header = new() { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        using MemoryStream body = new();
        foreach ((string name, Tensor weight) in weights)
        {
            using Tensor rounded = weight.detach().to(ScalarType.BFloat16).contiguous();
            long start = body.Length;
            body.Write(rounded.bytes);
            header[name] = new JsonObject
            {
                ["dtype"] = "BF16",
                ["shape"] = new JsonArray([.. weight.shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(start, body.Length),
            };
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        byte[] padded = new byte[(json.Length + 7) / 8 * 8];
        padded.AsSpan().Fill((byte)' ');
        json.CopyTo(padded, 0);
        using FileStream file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded.Length);
        file.Write(length);
        file.Write(padded);
        body.WriteTo(file);
    }

    /// <summary>Reads every tensor, as F32.</summary>
    public static Dictionary<string, Tensor> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using JsonDocument json = JsonDocument.Parse(file.AsMemory(8, header));
        Dictionary<string, Tensor> weights = [];
        foreach (JsonProperty entry in json.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            if (entry.Value.GetProperty("dtype").GetString() != "BF16")
                throw new NotSupportedException($"{path}: tensor {entry.Name} is {entry.Value.GetProperty("dtype")}; this tool reads BF16 only.");
            long[] size = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(value => value.GetInt64())];
            int start = entry.Value.GetProperty("data_offsets")[0].GetInt32(), end = entry.Value.GetProperty("data_offsets")[1].GetInt32();
            ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(file.AsSpan(8 + header + start, end - start));
            float[] values = new float[upper.Length];
            for (int i = 0; i < values.Length; i++) values[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
            weights[entry.Name] = tensor(values).reshape(size);
        }

        return weights;
    }
}
