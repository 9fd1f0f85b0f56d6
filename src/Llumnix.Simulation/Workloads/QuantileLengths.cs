namespace Llumnix.Simulation.Workloads;

/// <summary>
/// Lengths of a given mean and given quantiles. Between two quantiles lengths lie between an exponential and a straight curve; which mix
/// of the two, and how long the longest is, follows from the mean. Draws are stratified: every sample has the quantiles, in random order.
/// </summary>
public sealed class QuantileLengths : ILengthDistribution
{
    private const int Steps = 4000;
    private readonly (double Share, double Length)[] _points;
    private readonly double _straight;

    /// <param name="name">What has these quantiles.</param>
    /// <param name="mean">The mean length in tokens.</param>
    /// <param name="quantiles">Shares in (0, 1) and lengths, both rising.</param>
    /// <exception cref="ArgumentException">The quantiles do not rise or no curve through them has the mean.</exception>
    public QuantileLengths(string name, double mean, params ReadOnlySpan<(double Share, double Length)> quantiles)
    {
        Description = name;
        double lastShare = 0;
        double lastLength = 1;
        foreach (var (share, length) in quantiles)
        {
            if (!(share > lastShare) || !(share < 1) || !(length >= lastLength))
                throw new ArgumentException($"The quantiles of {name} do not rise: {share:P0} is {length}, after {lastLength}.");
            (lastShare, lastLength) = (share, length);
        }

        if (quantiles.Length < 2) throw new ArgumentException($"{name} has {quantiles.Length} quantiles; it must have at least two.");

        // As long beyond the last quantile, in proportion, as that is beyond the one before.
        double longest = lastLength * lastLength / quantiles[^2].Length;
        _points = [(0, 1), .. quantiles, (1, longest)];
        if (Mean(0) > mean)
        {
            _points[^1].Length = Solve(lastLength, longest, length =>
            {
                _points[^1].Length = length;
                return Mean(0);
            }, mean);
        }
        else
        {
            _straight = Solve(0, 1, Mean, mean);
        }

        if (Math.Abs(Mean(_straight) - mean) > 0.01 * mean)
            throw new ArgumentException($"No curve through the quantiles of {name} has a mean of {mean}; the nearest has {Mean(_straight):0.#}.");
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int[] Draw(int count, SimulationRandom random)
    {
        var lengths = new int[count];
        for (int i = 0; i < count; i++)
        {
            double length = LengthAt((i + random.NextUniform()) / count, _straight);
            int other = (int)(random.NextUniform() * (i + 1));
            lengths[i] = lengths[other];
            lengths[other] = (int)Math.Max(1, Math.Round(length));
        }

        return lengths;
    }

    private static double Solve(double low, double high, Func<double, double> mean, double wanted)
    {
        for (int i = 0; i < 50; i++)
        {
            double middle = (low + high) / 2;
            if (mean(middle) < wanted) low = middle;
            else high = middle;
        }

        return high;
    }

    private double Mean(double straight)
    {
        double sum = 0;
        for (int i = 0; i < Steps; i++) sum += LengthAt((i + 0.5) / Steps, straight);
        return sum / Steps;
    }

    private double LengthAt(double share, double straight)
    {
        int next = 1;
        while (next < _points.Length - 1 && share >= _points[next].Share) next++;
        var (fromShare, from) = _points[next - 1];
        var (toShare, to) = _points[next];
        double part = (share - fromShare) / (toShare - fromShare);
        return (straight * (from + (part * (to - from)))) + ((1 - straight) * from * Math.Pow(to / from, part));
    }
}
