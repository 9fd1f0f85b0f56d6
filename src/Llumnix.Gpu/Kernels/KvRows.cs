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

    /// <summary>Loads <paramref name="count"/> values as F32; exact.</summary>
    public static void Load(WeightType type, byte* source, float* target, int count)
    {
        switch (type)
        {
            case WeightType.F32:
                Unsafe.CopyBlockUnaligned(target, source, (uint)count * sizeof(float));
                break;
            case WeightType.BF16:
                Bfloat16.Widen((ushort*)source, target, count);
                break;
            default:
                WidenHalves((ushort*)source, target, count);
                break;
        }
    }

    // Exponent and mantissa moved to where F32 has them, then scaled by 2^112, the difference of the biases: right for subnormals too.
    // Infinities do not occur, Store saturates.
    private static void WidenHalves(ushort* source, float* target, int count)
    {
        Vector512<float> bias = Vector512.Create(5.192296858534828e33f);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(source + i));
            Vector512<uint> bits = Vector512.Create(low, high);
            Vector512<float> magnitude = ((bits & Vector512.Create(0x7FFFu)) << 13).AsSingle() * bias;
            (magnitude.AsUInt32() | ((bits & Vector512.Create(0x8000u)) << 16)).Store((uint*)target + i);
        }

        for (; i < count; i++) target[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
    }
}
