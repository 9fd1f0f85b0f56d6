using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Memory;

namespace Llumnix.Benchmarks;

/// <summary>What the machine gives at this moment: the measure for kernels on machines that are shared and drift.</summary>
internal static unsafe class MachineLimits
{
    /// <summary>Reads memory once by all members of a team; bytes, wall seconds and CPU seconds.</summary>
    public static Measured ReadBandwidth(WorkerTeam team, HostBuffer memory)
    {
        float[] sums = new float[team.Size * 16];
        const int Unit = 4 << 20;
        return Measured.Of(memory.Bytes, () => team.For((int)(memory.Bytes / Unit), (unit, rank) => sums[rank * 16] += Sum(memory.Floats + ((long)unit * Unit / 4), Unit / 4)));
    }

    /// <summary>Fused multiply-adds of 16 lanes on registers by all members of a team; operations, wall seconds and CPU seconds.</summary>
    public static Measured Arithmetic(WorkerTeam team)
    {
        const int Units = 64, Steps = 20_000;
        float[] sums = new float[team.Size * 16];
        return Measured.Of(2.0 * 16 * 12 * Steps * Units, () => team.For(Units, (unit, rank) => sums[rank * 16] += Multiply(Steps)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(float* data, int count)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i < count; i += 64)
        {
            a += Vector512.Load(data + i);
            b += Vector512.Load(data + i + 16);
            c += Vector512.Load(data + i + 32);
            d += Vector512.Load(data + i + 48);
        }

        return Vector512.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Multiply(int steps)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(0.001f);
        Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default;
        Vector512<float> g = default, h = default, i = default, j = default, k = default, l = default;
        for (int step = 0; step < steps; step++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
