using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>The upper half of an F32: conversions, rounding to the nearest and ties to even.</summary>
internal static unsafe class Bfloat16
{
    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>Rounds <paramref name="count"/> elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Round(float* source, ushort* target, int count)
    {
        int i = 0;
        for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes)
        {
            Vector512<uint> bits = Vector512.Load((uint*)source + i);
            bits = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512.Create(1u))) >> 16;
            Vector256.Narrow(bits.GetLower(), bits.GetUpper()).Store(target + i);
        }

        for (; i < count; i++) target[i] = Round(source[i]);
    }
}
