using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// The instance with the highest freeness, at random among those within <c>spread</c> of it, so that several dispatchers whose views are
/// of different age do not all choose the same.
/// </summary>
public sealed class FreenessDispatch : IDispatchPolicy
{
    private readonly double _spread;

    /// <param name="spread">How far below the best still counts as best, in blocks per running request; 0 or more.</param>
    public FreenessDispatch(double spread)
    {
        if (spread is not (>= 0 and < double.PositiveInfinity))
        {
            throw new ArgumentException($"The spread of freeness dispatch is {spread}; it must be a number of blocks, 0 or more.");
        }

        _spread = spread;
    }

    /// <inheritdoc/>
    public int Choose(ReadOnlySpan<InstanceLoad> candidates, in DispatchRequest request, double draw)
    {
        double best = double.NegativeInfinity;
        foreach (var candidate in candidates) best = Math.Max(best, candidate.Freeness);

        int count = 0;
        foreach (var candidate in candidates)
        {
            if (candidate.Freeness >= best - _spread) count++;
        }

        int wanted = (int)(draw * count);
        for (int i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].Freeness >= best - _spread && wanted-- == 0) return i;
        }

        throw new ArgumentOutOfRangeException(nameof(draw), draw, "A draw is at least 0 and below 1.");
    }
}
