using Llumnix.Gpu.Kernels;
using Llumnix.Gpu.Memory;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Kernels;

public sealed unsafe class PanelProductTests
{
    private const int Rows = 70;
    private const int Depth = 37;

    private static float Value(int seed) => (float)new Random(seed).NextDouble() - 0.5f;

    private static float Rounded(float value, WeightType type) =>
        type == WeightType.F32 ? value : Bfloat16.Widen(Bfloat16.Round(value));

    private static PackedMatrix Pack(float[] weights, WeightType type)
    {
        PackedMatrix matrix = new(Rows, Depth, type);
        for (int panel = 0; panel < matrix.Panels; panel++)
        {
            float[] rows = new float[32 * Depth];
            int there = Math.Min(32, Rows - (panel * 32)) * Depth;
            weights.AsSpan(panel * 32 * Depth, there).CopyTo(rows);
            fixed (float* values = rows) matrix.PackPanel(panel, values);
        }

        return matrix;
    }

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    public void Every_number_of_rows_gives_each_row_the_bits_of_one_chain_of_fused_additions(WeightType type)
    {
        float[] weights = [.. Enumerable.Range(0, Rows * Depth).Select(i => Rounded(Value(i), type))];
        using PackedMatrix matrix = Pack(weights, type);
        for (int count = 1; count <= 40; count++)
        {
            float[][] x = [.. Enumerable.Range(0, count).Select(r => Enumerable.Range(0, Depth).Select(k => Value(-1 - (r * Depth) - k)).ToArray())];
            RowTiles tiles = new(count);
            tiles.Cut(count);
            using HostBuffer input = HostBuffer.OfFloats(RowTiles.PackedRows(count) * Depth);
            using HostBuffer output = HostBuffer.OfFloats(count * Rows);
            for (int tile = 0; tile < tiles.Count; tile++)
            {
                for (int r = 0; r < tiles.Used(tile); r++)
                {
                    for (int k = 0; k < Depth; k++) input.Floats[tiles.Offset(tile, Depth) + (k * tiles.Width(tile)) + r] = x[tiles.Row(tile) + r][k];
                }
            }

            foreach (int threads in new[] { 1, 3 })
            {
                output.Clear();
                int size = PanelProduct.PanelsPerUnit(matrix, tiles, threads);
                for (int unit = 0; unit < PanelProduct.Units(matrix, tiles, threads); unit++)
                    PanelProduct.Run(matrix, input.Floats, Depth, tiles, size, unit, new LogitsEpilogue(output.Floats, Rows));

                for (int r = 0; r < count; r++)
                {
                    for (int n = 0; n < Rows; n++)
                    {
                        float sum = 0;
                        for (int k = 0; k < Depth; k++) sum = MathF.FusedMultiplyAdd(weights[(n * Depth) + k], x[r][k], sum);
                        Assert.Equal(sum, output.Floats[(r * Rows) + n]);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    public void A_row_can_be_read_back(WeightType type)
    {
        float[] weights = [.. Enumerable.Range(0, Rows * Depth).Select(i => Rounded(Value(i), type))];
        using PackedMatrix matrix = Pack(weights, type);
        float* row = stackalloc float[Depth];
        for (int n = 0; n < Rows; n++)
        {
            matrix.CopyRow(n, row);
            Assert.Equal(weights[(n * Depth)..((n + 1) * Depth)], new Span<float>(row, Depth).ToArray());
        }
    }
}
