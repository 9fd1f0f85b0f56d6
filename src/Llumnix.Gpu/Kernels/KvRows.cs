using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Kernels;

/// <summary>Rows of K and V in the number format of the KV memory.</summary>
internal static unsafe class KvRows
{
    /// <summary>Stores <paramref name="count"/> F32 values, rounding to the nearest; F16 saturates at its largest finite values.</summary>
    public static void Store(WeightType type, float* source, byte* target, int count)
    {
        switch (type)
        {
            case WeightType.F32:
                Unsafe.CopyBlockUnaligned(target, source, (uint)count * sizeof(float));
                break;
            case WeightType.BF16:
                Bfloat16.Round(source, (ushort*)target, count);
                break;
            default:
                for (int i = 0; i < count; i++) ((Half*)target)[i] = (Half)Math.Clamp(source[i], -65504f, 65504f);
                break;
        }
    }

    /// <summary>Loads rows of <paramref name="count"/> values as F32; exact.</summary>
    /// <param name="type">Format of the source.</param>
    /// <param name="source">The first row.</param>
    /// <param name="sourceStride">Bytes from row to row.</param>
    /// <param name="target">Receives the first row.</param>
    /// <param name="targetStride">Elements from row to row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="count">Values in a row.</param>
    public static void Load(
        WeightType type, byte* source, nint sourceStride, float* target, int targetStride, int rows, int count)
    {
        switch (type)
        {
            case WeightType.F32: Load<F32Kv>(source, sourceStride, target, targetStride, rows, count); break;
            case WeightType.BF16: Load<Bf16Kv>(source, sourceStride, target, targetStride, rows, count); break;
            default: Load<F16Kv>(source, sourceStride, target, targetStride, rows, count); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Load<TFormat>(byte* source, nint sourceStride, float* target, int targetStride, int rows, int count)
        where TFormat : struct, IKvFormat
    {
        for (int row = 0; row < rows; row++, source += sourceStride, target += targetStride)
        {
            int i = 0;
            for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes)
                TFormat.Load(source + (i * TFormat.ElementBytes)).Store(target + i);

            for (; i < count; i++) target[i] = TFormat.LoadOne(source + (i * TFormat.ElementBytes));
        }
    }
}
