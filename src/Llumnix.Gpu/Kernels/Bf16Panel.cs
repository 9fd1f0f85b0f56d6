using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>
/// A step is 16 words of 32 bits: row i in the low half of word i, row 16 + i in the high half, so that one shift and one mask widen a step.
/// </summary>
internal readonly unsafe struct Bf16Panel : IPanelFormat
{
    public static int StepBytes => 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Low(byte* step) => (Vector512.Load((uint*)step) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> High(byte* step) => (Vector512.Load((uint*)step) & Vector512.Create(0xFFFF0000u)).AsSingle();

    public static void Pack(float* rows, byte* step)
    {
        for (int i = 0; i < 16; i++) ((uint*)step)[i] = Bfloat16.Round(rows[i]) | ((uint)Bfloat16.Round(rows[16 + i]) << 16);
    }
}
