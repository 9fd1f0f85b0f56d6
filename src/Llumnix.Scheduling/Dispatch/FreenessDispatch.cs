using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// The instance with the highest freeness, at random among those within <c>spread</c> of it, so that several dispatchers whose views are
/// of different age do not all choose the same. For a class with headroom that is freeness without the class's own headroom: its requests
/// come together on few instances, which are kept free for them, instead of taking headroom on every one.
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
    public double Rank(InstanceLoad load) => -load.Freeness;

    /// <inheritdoc/>
    public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw) =>
        candidates.Best.HeadroomOf(request.Priority) == 0 ? candidates.DrawBest(_spread, draw) : DrawFor(candidates, request.Priority, draw);

    /// <summary>The order that is kept is without classes, so this looks at every instance.</summary>
    private InstanceLoad DrawFor(DispatchCandidates candidates, Priority priority, double draw)
    {
        double best = double.NegativeInfinity;
        for (int i = 0; i < candidates.Count; i++) best = Math.Max(best, candidates[i].FreenessFor(priority));

        int count = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            if (candidates[i].FreenessFor(priority) >= best - _spread) count++;
        }

        int wanted = (int)(draw * count);
        for (int i = 0; i < candidates.Count; i++)
        {
            if (candidates[i].FreenessFor(priority) >= best - _spread && wanted-- == 0) return candidates[i];
        }

        throw new ArgumentOutOfRangeException(nameof(draw), draw, "A draw is at least 0 and below 1.");
    }
}
