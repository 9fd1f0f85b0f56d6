using Llumnix.Gpu.Memory;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Kernels;

/// <summary>
/// A weight matrix <c>[Rows, Depth]</c> as the kernels read it: panels of 32 rows one after the other; in a panel, for each k in rising
/// order, the 32 rows' elements side by side (a row a lane). Rows missing in the last panel are zero.
/// </summary>
internal sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>Rows in a panel.</summary>
    public const int PanelRows = 32;

    private readonly HostBuffer _memory;

    /// <summary>Makes room for a matrix; every panel is then to be filled by <see cref="PackPanel"/>.</summary>
    /// <param name="rows">Rows (outputs).</param>
    /// <param name="depth">Columns (length of the sums).</param>
    /// <param name="type">F32 or BF16.</param>
    public PackedMatrix(int rows, int depth, WeightType type)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        if (type == WeightType.F16) throw new ArgumentOutOfRangeException(nameof(type), type, "Panels are F32 or BF16.");
        Rows = rows;
        Depth = depth;
        Type = type;
        Panels = (rows + PanelRows - 1) / PanelRows;
        StepBytes = type == WeightType.F32 ? F32Panel.StepBytes : Bf16Panel.StepBytes;
        PanelBytes = (long)depth * StepBytes;
        _memory = new HostBuffer(Panels * PanelBytes);
    }

    public int Rows { get; }

    public int Depth { get; }

    public WeightType Type { get; }

    public int Panels { get; }

    /// <summary>Rows with the last panel's padding.</summary>
    public int PaddedRows => Panels * PanelRows;

    public long PanelBytes { get; }

    public long Bytes => _memory.Bytes;

    private int StepBytes { get; }

    /// <summary>The first step of panel <paramref name="panel"/>.</summary>
    public byte* Panel(int panel) => _memory.Data + (panel * PanelBytes);

    /// <summary>Fills a panel from 32 rows of <see cref="Depth"/> F32 values each, row-major.</summary>
    public void PackPanel(int panel, float* rows)
    {
        float* step = stackalloc float[PanelRows];
        byte* target = Panel(panel);
        for (int k = 0; k < Depth; k++)
        {
            for (int row = 0; row < PanelRows; row++) step[row] = rows[((long)row * Depth) + k];
            if (Type == WeightType.F32) F32Panel.Pack(step, target);
            else Bf16Panel.Pack(step, target);
            target += StepBytes;
        }
    }

    /// <summary>Reads row <paramref name="row"/> back, widened to F32.</summary>
    /// <param name="row">The row.</param>
    /// <param name="target">Receives <see cref="Depth"/> values.</param>
    public void CopyRow(int row, float* target)
    {
        int lane = row % PanelRows;
        byte* panel = Panel(row / PanelRows);
        if (Type == WeightType.F32)
        {
            for (int k = 0; k < Depth; k++) target[k] = ((float*)panel)[((long)k * PanelRows) + lane];
            return;
        }

        ushort* halves = (ushort*)panel + (2 * (lane % 16)) + (lane / 16);
        for (int k = 0; k < Depth; k++) target[k] = Bfloat16.Widen(halves[(long)k * PanelRows]);
    }

    public void Dispose() => _memory.Dispose();
}
