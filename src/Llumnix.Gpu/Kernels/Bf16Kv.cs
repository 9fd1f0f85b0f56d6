using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>BF16: the upper half of an F32.</summary>
internal readonly unsafe struct Bf16Kv : IKvFormat
{
    public static int ElementBytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* source) => (VectorMath.WidenToWords((ushort*)source) << 16).AsSingle();

    public static float LoadOne(byte* source) => Bfloat16.Widen(*(ushort*)source);
}
