using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>F32 as it is.</summary>
internal readonly unsafe struct F32Kv : IKvFormat
{
    public static int ElementBytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* source) => Vector512.Load((float*)source);

    public static float LoadOne(byte* source) => *(float*)source;
}
