using System.Runtime.CompilerServices;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Kernels;

/// <summary>Products of packed activations with a packed matrix, cut into units that threads take one by one.</summary>
internal static unsafe class PanelProduct
{
    // A unit's panels are read again for each tile, so they stay within half of a usual second-level cache.
    private const long CacheBytes = 512 << 10;
    private const int UnitsPerThread = 8;

    /// <summary>How many panels one unit has; even, so that pairs of panels stay together.</summary>
    public static int PanelsPerUnit(PackedMatrix matrix, RowTiles rows, int threads)
    {
        int panels = threads == 1 ? matrix.Panels : (matrix.Panels + (threads * UnitsPerThread) - 1) / (threads * UnitsPerThread);
        if (rows.Count > 1) panels = (int)Math.Min(panels, Math.Max(2, CacheBytes / matrix.PanelBytes));
        return (panels + 1) & ~1;
    }

    /// <summary>How many units there are.</summary>
    public static int Units(PackedMatrix matrix, RowTiles rows, int threads)
    {
        int size = PanelsPerUnit(matrix, rows, threads);
        return (matrix.Panels + size - 1) / size;
    }

    /// <summary>Computes one unit: its panels times every tile.</summary>
    /// <param name="matrix">The weights.</param>
    /// <param name="x">The tiles, k-major, rows of <paramref name="stride"/> elements.</param>
    /// <param name="stride">Depth of the tiles in memory, at least the matrix's.</param>
    /// <param name="rows">How the rows were cut.</param>
    /// <param name="panelsPerUnit">As <see cref="PanelsPerUnit"/> gave it.</param>
    /// <param name="unit">Which unit.</param>
    /// <param name="epilogue">What becomes of the values.</param>
    public static void Run<TEpilogue>(
        PackedMatrix matrix, float* x, int stride, RowTiles rows, int panelsPerUnit, int unit, TEpilogue epilogue)
        where TEpilogue : struct, IPanelEpilogue
    {
        if (matrix.Type == WeightType.F32) Run<F32Panel, TEpilogue>(matrix, x, stride, rows, panelsPerUnit, unit, epilogue);
        else Run<Bf16Panel, TEpilogue>(matrix, x, stride, rows, panelsPerUnit, unit, epilogue);
    }

    [SkipLocalsInit]
    private static void Run<TFormat, TEpilogue>(
        PackedMatrix matrix, float* x, int stride, RowTiles rows, int panelsPerUnit, int unit, TEpilogue epilogue)
        where TFormat : struct, IPanelFormat
        where TEpilogue : struct, IPanelEpilogue
    {
        float* values = stackalloc float[2 * PanelKernels.MaxWidth * PackedMatrix.PanelRows];
        int from = unit * panelsPerUnit, to = Math.Min(from + panelsPerUnit, matrix.Panels), depth = matrix.Depth;
        for (int tile = 0; tile < rows.Count; tile++)
        {
            float* input = x + rows.Offset(tile, stride);
            int width = rows.Width(tile);
            for (int panel = from; panel < to; panel += 2)
            {
                byte* first = matrix.Panel(panel);
                int panels = Math.Min(2, to - panel);
                if (panels == 2 && width == 1)
                {
                    PanelKernels.MultiplyPair<TFormat>(input, first, first + matrix.PanelBytes, depth, values);
                }
                else
                {
                    PanelKernels.Multiply<TFormat>(width, input, first, depth, values);
                    if (panels == 2)
                        PanelKernels.Multiply<TFormat>(width, input, first + matrix.PanelBytes, depth, values + (width * 32));
                }

                epilogue.Take(values, panel, panels, rows, tile);
            }
        }
    }
}
