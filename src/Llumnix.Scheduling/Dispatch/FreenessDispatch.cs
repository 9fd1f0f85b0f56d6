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
    public double Rank(InstanceLoad load) => -load.Freeness;

    /// <inheritdoc/>
    public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw) => candidates.DrawBest(_spread, draw);
}
