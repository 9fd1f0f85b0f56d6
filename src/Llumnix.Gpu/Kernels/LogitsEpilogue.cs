using System.Runtime.CompilerServices;

namespace Llumnix.Gpu.Kernels;

/// <summary>Stores rows without room for padding between them.</summary>
/// <param name="target">Row 0.</param>
/// <param name="width">Elements of a row.</param>
internal readonly unsafe struct LogitsEpilogue(float* target, int width) : IPanelEpilogue
{
    private readonly float* _target = target;

    public void Take(float* values, int panel, int panels, RowTiles rows, int tile)
    {
        int tileWidth = rows.Width(tile), used = rows.Used(tile), column = panel * PackedMatrix.PanelRows;
        for (int p = 0; p < panels; p++, values += tileWidth * 32, column += 32)
        {
            uint bytes = (uint)Math.Min(32, width - column) * sizeof(float);
            float* row = _target + ((long)rows.Row(tile) * width) + column;
            for (int r = 0; r < used; r++, row += width) Unsafe.CopyBlockUnaligned(row, values + (32 * r), bytes);
        }
    }
}
