namespace Llumnix.Gpu.Kernels;

/// <summary>What becomes of a product's values once they are summed. Implemented by structs so that the loop specializes.</summary>
internal unsafe interface IPanelEpilogue
{
    /// <summary>Takes panels <paramref name="panel"/> and, if there, the one after it, for one tile.</summary>
    /// <param name="values">First panel's <c>[width, 32]</c>, then the second's.</param>
    /// <param name="panel">The first panel's number; even.</param>
    /// <param name="panels">1 or 2.</param>
    /// <param name="rows">How the rows were cut.</param>
    /// <param name="tile">The tile.</param>
    void Take(float* values, int panel, int panels, RowTiles rows, int tile);
}
