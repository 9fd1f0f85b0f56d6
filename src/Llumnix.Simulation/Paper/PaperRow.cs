namespace Llumnix.Simulation.Paper;

/// <summary>What one policy came to at one point, over all seeds, and what the paper shows there.</summary>
/// <param name="Point">The load.</param>
/// <param name="Priority"><c>all</c>, or in figure 13 <c>high</c> or <c>normal</c>.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Metrics">By name, for each seed.</param>
/// <param name="Paper">By name; null where the paper shows nothing.</param>
public sealed record PaperRow(
    PaperPoint Point, string Priority, string Policy, IReadOnlyDictionary<string, double[]> Metrics, IReadOnlyDictionary<string, double>? Paper)
{
    /// <summary>No loss below a tenth of a millisecond is told from none, so that ratios of losses stay finite.</summary>
    private const double LeastLoss = 1e-4;

    private const string Loss = "preemption_loss_s";

    /// <summary>A metric's geometric mean over the seeds; of the preemption loss, which may be none, the mean.</summary>
    public double this[string metric] => metric == Loss ? Metrics[metric].Average() : GeometricMean(Metrics[metric]);

    /// <summary>The geometric mean over the seeds of a metric's ratio to the same in <paramref name="other"/>.</summary>
    public double RatioTo(PaperRow other, string metric) =>
        GeometricMean(Metrics[metric].Zip(other.Metrics[metric], (mine, others) => Ratio(metric, mine, others)));

    /// <summary>The paper's ratio; null where it shows not both.</summary>
    public double? PaperRatioTo(PaperRow other, string metric) =>
        Paper is not null && other.Paper is not null && Paper.TryGetValue(metric, out double mine) && other.Paper.TryGetValue(metric, out double others)
            ? Ratio(metric, mine, others)
            : null;

    internal static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(value => Math.Log(value)));

    private static double Ratio(string metric, double mine, double others) =>
        metric == Loss ? Math.Max(mine, LeastLoss) / Math.Max(others, LeastLoss) : mine / others;
}
