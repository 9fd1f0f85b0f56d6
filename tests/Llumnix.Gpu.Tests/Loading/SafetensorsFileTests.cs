using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Loading;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llumnix-").FullName;

    private string Target => Path.Combine(_folder, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.BF16)]
    public void What_is_written_is_read_back_in_every_number_format(WeightType type)
    {
        float[] first = [1, -2.5f, 0, 0.375f, 1024, -0f];
        float[] second = [float.PositiveInfinity, float.NegativeInfinity];
        new SafetensorsWriter().Add("a.weight", type, [2, 3], first).Add("empty", type, [0, 7], default).Add("b.bias", type, [2], second).Save(Target);

        using var file = SafetensorsFile.Open(Target);

        Assert.Equal(["a.weight", "b.bias", "empty"], file.Names.Order());
        Assert.True(file.TryGet("a.weight", out var tensor));
        Assert.Equal(type, tensor.Type);
        Assert.Equal([2, 3], tensor.Shape);
        Assert.Equal(first, Values(tensor));
        Assert.True(file.TryGet("b.bias", out tensor));
        Assert.Equal(second, Values(tensor));
        Assert.True(file.TryGet("empty", out tensor));
        Assert.Equal(0, tensor.ElementCount);
        Assert.False(file.TryGet("c", out _));
    }

    [Fact]
    public void Bfloat16_is_rounded_to_nearest_with_ties_to_even() =>
        Gen.Float.Array[1, 50].Sample(
            values =>
            {
                new SafetensorsWriter().Add("x", WeightType.BF16, [values.Length], values).Save(Target);
                using var file = SafetensorsFile.Open(Target);
                Assert.True(file.TryGet("x", out var tensor));
                foreach (var (value, stored) in values.Zip(Values(tensor)))
                {
                    if (float.IsNaN(value))
                    {
                        Assert.True(float.IsNaN(stored));
                        continue;
                    }

                    // The neighbours of bfloat16 around the value, by the definition: its bits cut off, and the next.
                    uint bits = BitConverter.SingleToUInt32Bits(value);
                    float below = BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
                    float above = BitConverter.UInt32BitsToSingle((bits & 0xFFFF0000) + 0x10000);
                    uint rest = bits & 0xFFFF;
                    bool up = rest > 0x8000 || (rest == 0x8000 && (bits & 0x10000) != 0);
                    Assert.Equal(up ? above : below, stored);
                }
            },
            threads: 1);

    [Fact]
    public void A_missing_file_is_named()
    {
        string sentence = Refused();

        Assert.Equal($"{Target} does not exist.", sentence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_too_short_for_a_header_is_said_to_be_truncated(int length)
    {
        File.WriteAllBytes(Target, new byte[length]);

        Assert.Contains($"has {length} bytes, too few", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_lost_its_end_is_said_to_be_truncated_with_the_tensor_that_is_cut()
    {
        new SafetensorsWriter().Add("whole", WeightType.F32, [4], new float[4]).Add("cut", WeightType.F32, [4], new float[4]).Save(Target);
        File.WriteAllBytes(Target, File.ReadAllBytes(Target)[..^1]);

        string sentence = Refused();

        Assert.Contains("tensor \"cut\" lies at bytes 16 to 32 of the data, but the file has 31 bytes of data", sentence, StringComparison.Ordinal);
        Assert.Contains("truncated", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_length_beyond_the_file_is_refused()
    {
        byte[] bytes = new byte[20];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        File.WriteAllBytes(Target, bytes);

        Assert.Contains("announces a header of 18446744073709551615 bytes but has only 12 more", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no json at all", "is not valid JSON")]
    [InlineData("[1]", "must hold one JSON object, not [1]")]
    [InlineData("{\"x\":5}", "entry of tensor \"x\" must have a dtype, a shape and two data_offsets, but is 5")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", "entry of tensor \"x\" must have")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "entry of tensor \"x\" must have")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", "entry of tensor \"x\" must have")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "tensor \"x\" lies at bytes 8 to 0")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", "tensor \"x\" lies at bytes 0 to 12 of the data, but the file has 8")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "tensor \"x\" of shape [3] in F32 has 8 bytes, which does not match")]
    [InlineData("{\"x\":{\"dtype\":\"F16\",\"shape\":[4611686018427387904,8],\"data_offsets\":[0,8]}}", "does not match its shape")]
    [InlineData(
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "tensors \"x\" and \"y\" overlap")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "bytes 0 to 4 of the data, before tensor \"x\", belong to no tensor")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "the last 4 bytes belong to no tensor")]
    [InlineData(
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "lists tensor \"x\" twice")]
    [InlineData("{\"\\ud800\":{}}", "is not valid Unicode text")]
    public void A_header_that_is_wrong_is_refused_with_what_is_wrong(string header, string expected)
    {
        WriteRaw(header, dataBytes: 8);

        string sentence = Refused();

        Assert.StartsWith(Target, sentence, StringComparison.Ordinal);
        Assert.Contains(expected, sentence, StringComparison.Ordinal);
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_another_number_format_is_refused_when_it_is_asked_for_and_not_before()
    {
        WriteRaw(
            "{\"old\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},\"new\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[8,12]},"
            + "\"odd\":{\"dtype\":\"F4\",\"shape\":[5],\"data_offsets\":[12,15]},\"good\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[15,19]}}",
            dataBytes: 19);
        using var file = SafetensorsFile.Open(Target);

        Assert.True(file.TryGet("good", out _));
        foreach (var (name, type) in new[] { ("old", "I64"), ("new", "F8_E4M3"), ("odd", "F4") })
        {
            var error = Assert.Throws<ModelLoadException>(() => file.TryGet(name, out _));
            Assert.Equal($"{Target}: tensor \"{name}\" is {type}; supported are F32, F16 and BF16.", error.Message);
        }
    }

    [Fact]
    public void A_file_that_was_closed_gives_no_pointers()
    {
        new SafetensorsWriter().Add("x", WeightType.F32, [1], new float[1]).Save(Target);
        var file = SafetensorsFile.Open(Target);
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.TryGet("x", out _));
    }

    [Fact]
    public void Whatever_is_done_to_a_file_it_opens_or_is_refused_with_a_sentence()
    {
        new SafetensorsWriter().Add("a", WeightType.F32, [2, 2], new float[4]).Add("b", WeightType.BF16, [3], new float[3]).Save(Target);
        byte[] good = File.ReadAllBytes(Target);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length]).List[1, 4].Sample(
            changes =>
            {
                byte[] bad = [.. good];
                foreach (var (place, value, _) in changes) bad[place] = value;
                File.WriteAllBytes(Target, bad[..Math.Max(changes[0].Item3, good.Length / 2)]);
                try
                {
                    using var file = SafetensorsFile.Open(Target);
                    foreach (string name in file.Names)
                    {
                        if (file.TryGet(name, out var tensor)) Values(tensor);
                    }
                }
                catch (ModelLoadException error)
                {
                    Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
                }
            },
            iter: 2000,
            threads: 1);
    }

    [Fact]
    public void The_writer_refuses_values_that_do_not_fill_the_shape_and_names_given_twice()
    {
        var writer = new SafetensorsWriter().Add("x", WeightType.F32, [1], new float[1]);

        Assert.Throws<ArgumentException>(() => writer.Add("y", WeightType.F32, [2, 2], new float[3]));
        Assert.Throws<ArgumentException>(() => writer.Add("x", WeightType.F32, [1], new float[1]));
    }

    private static float[] Values(WeightTensor tensor)
    {
        var values = new float[tensor.ElementCount];
        tensor.CopyTo(0, values);
        return values;
    }

    private void WriteRaw(string header, int dataBytes)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        File.WriteAllBytes(Target, bytes);
    }

    private string Refused() => Assert.Throws<ModelLoadException>(() => SafetensorsFile.Open(Target)).Message;
}
