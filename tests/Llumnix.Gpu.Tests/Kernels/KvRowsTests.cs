using CsCheck;
using Llumnix.Gpu.Kernels;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Kernels;

public sealed unsafe class KvRowsTests
{
    [Fact]
    public void Half_precision_is_stored_and_loaded_as_the_framework_converts_it() =>
        Gen.Float[-70000, 70000].Select(Gen.Int[0, 12], (value, power) => value / MathF.Pow(10, power)).Array[1, 50].Sample(source =>
        {
            ushort[] stored = new ushort[source.Length];
            float[] loaded = new float[source.Length];
            fixed (float* from = source, to = loaded)
            fixed (ushort* memory = stored)
            {
                KvRows.Store(WeightType.F16, from, (byte*)memory, source.Length);
                KvRows.Load(WeightType.F16, (byte*)memory, 0, to, 0, 1, source.Length);
            }

            Assert.Equal(source.Select(v => (float)(Half)Math.Clamp(v, -65504, 65504)), loaded);
        });

    [Fact]
    public void Brain_floats_round_to_the_nearest_and_ties_to_even()
    {
        float[] source = new float[37], loaded = new float[37];
        ushort[] stored = new ushort[37];
        for (int i = 0; i < source.Length; i++) source[i] = 1 + (i / 512f);
        fixed (float* from = source, to = loaded)
        fixed (ushort* memory = stored)
        {
            KvRows.Store(WeightType.BF16, from, (byte*)memory, 37);
            KvRows.Load(WeightType.BF16, (byte*)memory, 0, to, 0, 1, 37);
        }

        // 8 bits of precision: from 1 to 2 the numbers are 1/128 apart.
        Assert.Equal(source.Select(v => (float)(Math.Round(v * 128.0, MidpointRounding.ToEven) / 128)), loaded);
    }
}
