using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>Adds rows, with a bias, to the residual stream.</summary>
/// <param name="residual">Row 0.</param>
/// <param name="stride">Elements from row to row, at least the matrix's padded rows.</param>
/// <param name="bias">A value for each padded row of the matrix, or null.</param>
internal readonly unsafe struct ResidualEpilogue(float* residual, int stride, float* bias) : IPanelEpilogue
{
    private readonly float* _residual = residual;
    private readonly float* _bias = bias;

    public void Take(float* values, int panel, int panels, RowTiles rows, int tile)
    {
        int width = rows.Width(tile), used = rows.Used(tile), column = panel * PackedMatrix.PanelRows;
        for (int p = 0; p < panels; p++, values += width * 32, column += 32)
        {
            float* row = _residual + ((long)rows.Row(tile) * stride) + column;
            for (int r = 0; r < used; r++, row += stride)
            {
                Vector512<float> low = Vector512.Load(values + (32 * r)), high = Vector512.Load(values + (32 * r) + 16);
                if (_bias != null)
                {
                    low += Vector512.Load(_bias + column);
                    high += Vector512.Load(_bias + column + 16);
                }

                (Vector512.Load(row) + low).Store(row);
                (Vector512.Load(row + 16) + high).Store(row + 16);
            }
        }
    }
}
