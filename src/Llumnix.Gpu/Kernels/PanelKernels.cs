using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>
/// Products of a panel (32 rows of a weight matrix, see <see cref="PackedMatrix"/>) with a tile of 1, 2, 4, 8 or 12 activation rows.
/// Every output is one chain of fused multiply-adds over k in rising order from 0, whichever kernel makes it, so an output row has the
/// same bits in every tile. The tile lies k-major: element k of row r is <c>x[k * width + r]</c>. The result is written row by row,
/// 32 values each.
/// </summary>
internal static unsafe class PanelKernels
{
    /// <summary>The most rows in a tile: 24 accumulators, two weights and one activation fit the 32 vector registers.</summary>
    public const int MaxWidth = 12;

    /// <summary>The rows of a tile that hold <paramref name="rows"/> rows.</summary>
    public static int WidthFor(int rows) => rows switch { 1 => 1, 2 => 2, <= 4 => 4, <= 8 => 8, _ => 12 };

    /// <summary>Multiplies one panel.</summary>
    /// <param name="width">Rows in the tile: 1, 2, 4, 8 or 12.</param>
    /// <param name="x">The tile, <c>[depth, width]</c>.</param>
    /// <param name="panel">The panel's first step.</param>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="target">Receives <c>[width, 32]</c>.</param>
    public static void Multiply<TFormat>(int width, float* x, byte* panel, int depth, float* target)
        where TFormat : struct, IPanelFormat
    {
        switch (width)
        {
            case 1: Rows1<TFormat>(x, panel, depth, target); break;
            case 2: Rows2<TFormat>(x, panel, depth, target); break;
            case 4: Rows4<TFormat>(x, panel, depth, target); break;
            case 8: Rows8<TFormat>(x, panel, depth, target); break;
            case 12: Rows12<TFormat>(x, panel, depth, target); break;
            default: throw new ArgumentOutOfRangeException(nameof(width), width, "A tile has 1, 2, 4, 8 or 12 rows.");
        }
    }

    /// <summary>
    /// Two panels by one row at once: twice the chains hide the latency of the additions, and memory sees two streams.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPair<TFormat>(float* x, byte* first, byte* second, int depth, float* target)
        where TFormat : struct, IPanelFormat
    {
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> v = Vector512.Create(x[k]);
            a0 = Vector512.FusedMultiplyAdd(TFormat.Low(first), v, a0);
            b0 = Vector512.FusedMultiplyAdd(TFormat.High(first), v, b0);
            a1 = Vector512.FusedMultiplyAdd(TFormat.Low(second), v, a1);
            b1 = Vector512.FusedMultiplyAdd(TFormat.High(second), v, b1);
            first += TFormat.StepBytes;
            second += TFormat.StepBytes;
        }

        a0.Store(target);
        b0.Store(target + 16);
        a1.Store(target + 32);
        b1.Store(target + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1<TFormat>(float* x, byte* w, int depth, float* target)
        where TFormat : struct, IPanelFormat
    {
        Vector512<float> a0 = default, b0 = default;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> low = TFormat.Low(w), high = TFormat.High(w);
            Vector512<float> v = Vector512.Create(x[0]);
            a0 = Vector512.FusedMultiplyAdd(low, v, a0);
            b0 = Vector512.FusedMultiplyAdd(high, v, b0);
            x += 1;
            w += TFormat.StepBytes;
        }

        a0.Store(target);
        b0.Store(target + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows2<TFormat>(float* x, byte* w, int depth, float* target)
        where TFormat : struct, IPanelFormat
    {
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> low = TFormat.Low(w), high = TFormat.High(w);
            Vector512<float> v = Vector512.Create(x[0]);
            a0 = Vector512.FusedMultiplyAdd(low, v, a0);
            b0 = Vector512.FusedMultiplyAdd(high, v, b0);
            v = Vector512.Create(x[1]);
            a1 = Vector512.FusedMultiplyAdd(low, v, a1);
            b1 = Vector512.FusedMultiplyAdd(high, v, b1);
            x += 2;
            w += TFormat.StepBytes;
        }

        a0.Store(target);
        b0.Store(target + 16);
        a1.Store(target + 32);
        b1.Store(target + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4<TFormat>(float* x, byte* w, int depth, float* target)
        where TFormat : struct, IPanelFormat
    {
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> low = TFormat.Low(w), high = TFormat.High(w);
            Vector512<float> v = Vector512.Create(x[0]);
            a0 = Vector512.FusedMultiplyAdd(low, v, a0);
            b0 = Vector512.FusedMultiplyAdd(high, v, b0);
            v = Vector512.Create(x[1]);
            a1 = Vector512.FusedMultiplyAdd(low, v, a1);
            b1 = Vector512.FusedMultiplyAdd(high, v, b1);
            v = Vector512.Create(x[2]);
            a2 = Vector512.FusedMultiplyAdd(low, v, a2);
            b2 = Vector512.FusedMultiplyAdd(high, v, b2);
            v = Vector512.Create(x[3]);
            a3 = Vector512.FusedMultiplyAdd(low, v, a3);
            b3 = Vector512.FusedMultiplyAdd(high, v, b3);
            x += 4;
            w += TFormat.StepBytes;
        }

        a0.Store(target);
        b0.Store(target + 16);
        a1.Store(target + 32);
        b1.Store(target + 48);
        a2.Store(target + 64);
        b2.Store(target + 80);
        a3.Store(target + 96);
        b3.Store(target + 112);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows8<TFormat>(float* x, byte* w, int depth, float* target)
        where TFormat : struct, IPanelFormat
    {
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        Vector512<float> a4 = default, b4 = default, a5 = default, b5 = default, a6 = default, b6 = default, a7 = default, b7 = default;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> low = TFormat.Low(w), high = TFormat.High(w);
            Vector512<float> v = Vector512.Create(x[0]);
            a0 = Vector512.FusedMultiplyAdd(low, v, a0);
            b0 = Vector512.FusedMultiplyAdd(high, v, b0);
            v = Vector512.Create(x[1]);
            a1 = Vector512.FusedMultiplyAdd(low, v, a1);
            b1 = Vector512.FusedMultiplyAdd(high, v, b1);
            v = Vector512.Create(x[2]);
            a2 = Vector512.FusedMultiplyAdd(low, v, a2);
            b2 = Vector512.FusedMultiplyAdd(high, v, b2);
            v = Vector512.Create(x[3]);
            a3 = Vector512.FusedMultiplyAdd(low, v, a3);
            b3 = Vector512.FusedMultiplyAdd(high, v, b3);
            v = Vector512.Create(x[4]);
            a4 = Vector512.FusedMultiplyAdd(low, v, a4);
            b4 = Vector512.FusedMultiplyAdd(high, v, b4);
            v = Vector512.Create(x[5]);
            a5 = Vector512.FusedMultiplyAdd(low, v, a5);
            b5 = Vector512.FusedMultiplyAdd(high, v, b5);
            v = Vector512.Create(x[6]);
            a6 = Vector512.FusedMultiplyAdd(low, v, a6);
            b6 = Vector512.FusedMultiplyAdd(high, v, b6);
            v = Vector512.Create(x[7]);
            a7 = Vector512.FusedMultiplyAdd(low, v, a7);
            b7 = Vector512.FusedMultiplyAdd(high, v, b7);
            x += 8;
            w += TFormat.StepBytes;
        }

        a0.Store(target);
        b0.Store(target + 16);
        a1.Store(target + 32);
        b1.Store(target + 48);
        a2.Store(target + 64);
        b2.Store(target + 80);
        a3.Store(target + 96);
        b3.Store(target + 112);
        a4.Store(target + 128);
        b4.Store(target + 144);
        a5.Store(target + 160);
        b5.Store(target + 176);
        a6.Store(target + 192);
        b6.Store(target + 208);
        a7.Store(target + 224);
        b7.Store(target + 240);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows12<TFormat>(float* x, byte* w, int depth, float* target)
        where TFormat : struct, IPanelFormat
    {
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        Vector512<float> a4 = default, b4 = default, a5 = default, b5 = default, a6 = default, b6 = default, a7 = default, b7 = default;
        Vector512<float> a8 = default, b8 = default, a9 = default, b9 = default, a10 = default, b10 = default, a11 = default, b11 = default;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> low = TFormat.Low(w), high = TFormat.High(w);
            Vector512<float> v = Vector512.Create(x[0]);
            a0 = Vector512.FusedMultiplyAdd(low, v, a0);
            b0 = Vector512.FusedMultiplyAdd(high, v, b0);
            v = Vector512.Create(x[1]);
            a1 = Vector512.FusedMultiplyAdd(low, v, a1);
            b1 = Vector512.FusedMultiplyAdd(high, v, b1);
            v = Vector512.Create(x[2]);
            a2 = Vector512.FusedMultiplyAdd(low, v, a2);
            b2 = Vector512.FusedMultiplyAdd(high, v, b2);
            v = Vector512.Create(x[3]);
            a3 = Vector512.FusedMultiplyAdd(low, v, a3);
            b3 = Vector512.FusedMultiplyAdd(high, v, b3);
            v = Vector512.Create(x[4]);
            a4 = Vector512.FusedMultiplyAdd(low, v, a4);
            b4 = Vector512.FusedMultiplyAdd(high, v, b4);
            v = Vector512.Create(x[5]);
            a5 = Vector512.FusedMultiplyAdd(low, v, a5);
            b5 = Vector512.FusedMultiplyAdd(high, v, b5);
            v = Vector512.Create(x[6]);
            a6 = Vector512.FusedMultiplyAdd(low, v, a6);
            b6 = Vector512.FusedMultiplyAdd(high, v, b6);
            v = Vector512.Create(x[7]);
            a7 = Vector512.FusedMultiplyAdd(low, v, a7);
            b7 = Vector512.FusedMultiplyAdd(high, v, b7);
            v = Vector512.Create(x[8]);
            a8 = Vector512.FusedMultiplyAdd(low, v, a8);
            b8 = Vector512.FusedMultiplyAdd(high, v, b8);
            v = Vector512.Create(x[9]);
            a9 = Vector512.FusedMultiplyAdd(low, v, a9);
            b9 = Vector512.FusedMultiplyAdd(high, v, b9);
            v = Vector512.Create(x[10]);
            a10 = Vector512.FusedMultiplyAdd(low, v, a10);
            b10 = Vector512.FusedMultiplyAdd(high, v, b10);
            v = Vector512.Create(x[11]);
            a11 = Vector512.FusedMultiplyAdd(low, v, a11);
            b11 = Vector512.FusedMultiplyAdd(high, v, b11);
            x += 12;
            w += TFormat.StepBytes;
        }

        a0.Store(target);
        b0.Store(target + 16);
        a1.Store(target + 32);
        b1.Store(target + 48);
        a2.Store(target + 64);
        b2.Store(target + 80);
        a3.Store(target + 96);
        b3.Store(target + 112);
        a4.Store(target + 128);
        b4.Store(target + 144);
        a5.Store(target + 160);
        b5.Store(target + 176);
        a6.Store(target + 192);
        b6.Store(target + 208);
        a7.Store(target + 224);
        b7.Store(target + 240);
        a8.Store(target + 256);
        b8.Store(target + 272);
        a9.Store(target + 288);
        b9.Store(target + 304);
        a10.Store(target + 320);
        b10.Store(target + 336);
        a11.Store(target + 352);
        b11.Store(target + 368);
    }
}
