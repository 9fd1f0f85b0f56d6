using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>
/// SwiGLU: of each pair of panels the first is 32 rows of the gate, the second the same rows of the up projection; silu(gate) * up goes,
/// k-major, into the tiles that the down projection reads.
/// </summary>
/// <param name="target">The tiles, rows of <paramref name="stride"/> elements.</param>
/// <param name="stride">Depth of the tiles, at least half the matrix's padded rows.</param>
/// <param name="bias">A value for each padded row of the matrix, or null.</param>
internal readonly unsafe struct GatedEpilogue(float* target, int stride, float* bias) : IPanelEpilogue
{
    private readonly float* _target = target;
    private readonly float* _bias = bias;

    public void Take(float* values, int panel, int panels, RowTiles rows, int tile)
    {
        int width = rows.Width(tile), k = panel / 2 * PackedMatrix.PanelRows;
        float* steps = _target + rows.Offset(tile, stride) + ((long)k * width);
        float* up = values + (width * 32);
        float* bias = _bias == null ? null : _bias + (panel * PackedMatrix.PanelRows);
        float* gated = stackalloc float[32];
        for (int r = 0; r < width; r++, values += 32, up += 32)
        {
            for (int half = 0; half < 32; half += 16)
            {
                Vector512<float> g = Vector512.Load(values + half), u = Vector512.Load(up + half);
                if (bias != null)
                {
                    g += Vector512.Load(bias + half);
                    u += Vector512.Load(bias + 32 + half);
                }

                (VectorMath.Silu(g) * u).Store(gated + half);
            }

            for (int lane = 0; lane < 32; lane++) steps[(lane * width) + r] = gated[lane];
        }
    }
}
