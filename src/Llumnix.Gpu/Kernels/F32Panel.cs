using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>A step is 32 F32 values in row order.</summary>
internal readonly unsafe struct F32Panel : IPanelFormat
{
    public static int StepBytes => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Low(byte* step) => Vector512.Load((float*)step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> High(byte* step) => Vector512.Load((float*)step + 16);

    public static void Pack(float* rows, byte* step) => Unsafe.CopyBlockUnaligned(step, rows, 128);
}
