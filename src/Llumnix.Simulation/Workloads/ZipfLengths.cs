using System.Globalization;

namespace Llumnix.Simulation.Workloads;

/// <summary>
/// The Llumnix paper's generated lengths: ranks 1 to 2 x mean - 1 by a power law, multiplied so that the lengths drawn, rounded up and cut
/// at the longest allowed, have the mean.
/// </summary>
/// <param name="Exponent">Of the power law.</param>
/// <param name="Mean">Mean length in tokens.</param>
/// <param name="Longest">No length is longer.</param>
public sealed record ZipfLengths(double Exponent, int Mean, int Longest) : ILengthDistribution
{
    /// <inheritdoc/>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"zipf {Exponent} of mean {Mean}, at most {Longest}");

    /// <inheritdoc/>
    public int[] Draw(int count, SimulationRandom random)
    {
        var cumulative = new double[(2 * Mean) - 1];
        double sum = 0;
        for (int i = 0; i < cumulative.Length; i++) cumulative[i] = sum += Math.Pow(i + 1, -Exponent);

        var ranks = new int[count];
        for (int i = 0; i < count; i++)
        {
            int found = Array.BinarySearch(cumulative, random.NextUniform() * sum);
            ranks[i] = Math.Min(found < 0 ? ~found : found, cumulative.Length - 1) + 1;
        }

        return Scale(ranks);
    }

    private int[] Scale(int[] ranks)
    {
        double low = 0;
        double high = Longest;
        for (int i = 0; i < 60; i++)
        {
            double factor = (low + high) / 2;
            double total = 0;
            foreach (int rank in ranks) total += Length(rank, factor);
            if (total < (double)Mean * ranks.Length) low = factor;
            else high = factor;
        }

        return Array.ConvertAll(ranks, rank => Length(rank, high));
    }

    private int Length(int rank, double factor) => (int)Math.Clamp(Math.Ceiling(rank * factor), 1, Longest);
}
