namespace Llumnix.Gpu.Kernels;

/// <summary>
/// Cuts a step's activation rows into tiles of at most <see cref="PanelKernels.MaxWidth"/>. A tile's memory has its width (1, 2, 4, 8 or
/// 12) rows, of which the last may be unused; unused rows are computed and dropped.
/// </summary>
internal sealed class RowTiles
{
    private readonly int[] _row;
    private readonly int[] _used;
    private readonly int[] _packed;

    /// <summary>Tiles for up to <paramref name="maxRows"/> rows.</summary>
    public RowTiles(int maxRows)
    {
        int most = ((maxRows + PanelKernels.MaxWidth - 1) / PanelKernels.MaxWidth) + 1;
        _row = new int[most];
        _used = new int[most];
        _packed = new int[most];
    }

    /// <summary>Rows cut.</summary>
    public int Rows { get; private set; }

    /// <summary>Tiles they were cut into.</summary>
    public int Count { get; private set; }

    /// <summary>The most rows of packed memory that <paramref name="rows"/> rows take.</summary>
    public static int PackedRows(int rows) => rows + PanelKernels.MaxWidth;

    /// <summary>Cuts <paramref name="rows"/> rows.</summary>
    public void Cut(int rows)
    {
        Rows = rows;
        Count = 0;
        int packed = 0;
        for (int row = 0; row < rows;)
        {
            int used = Math.Min(rows - row, PanelKernels.MaxWidth);
            _row[Count] = row;
            _used[Count] = used;
            _packed[Count] = packed;
            Count++;
            row += used;
            packed += PanelKernels.WidthFor(used);
        }
    }

    /// <summary>The first row of a tile.</summary>
    public int Row(int tile) => _row[tile];

    /// <summary>Rows in use in a tile.</summary>
    public int Used(int tile) => _used[tile];

    /// <summary>Rows a tile has in memory.</summary>
    public int Width(int tile) => PanelKernels.WidthFor(_used[tile]);

    /// <summary>Where a tile starts in packed memory, in elements, for rows of <paramref name="depth"/>.</summary>
    public long Offset(int tile, int depth) => (long)_packed[tile] * depth;
}
