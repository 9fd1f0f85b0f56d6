using Llumnix.Simulation.Cluster;

namespace Llumnix.Simulation.Paper;

/// <summary>Which of the paper's points, or which others, are to be simulated.</summary>
public sealed record PaperSelection
{
    /// <summary>The figures there are.</summary>
    public static IReadOnlyList<int> AllFigures { get; } = [11, 13, 14, 15];

    private static readonly double[] Thresholds = [5, 15, 25, 35, 45];

    /// <summary>Some of <see cref="AllFigures"/>.</summary>
    public IReadOnlyList<int> Figures { get; init; } = AllFigures;

    /// <summary>Traces instead of the figures'; null for those.</summary>
    public IReadOnlyList<string>? Traces { get; init; }

    /// <summary>Rates instead of the figures'; null for those.</summary>
    public IReadOnlyList<double>? Rates { get; init; }

    /// <summary>Coefficients of variation instead of the figures'; null for those.</summary>
    public IReadOnlyList<double>? Variations { get; init; }

    /// <summary>Policies instead of those that a figure compares; null for those.</summary>
    public IReadOnlyList<string>? Policies { get; init; }

    /// <summary>Each point is simulated with each seed, the same for all policies.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [1, 2, 3, 4, 5];

    /// <summary>How many requests a run has.</summary>
    public int Requests { get; init; } = 10_000;

    /// <summary>The loads, figure by figure.</summary>
    public IReadOnlyList<PaperPoint> Points() => [.. Figures.SelectMany(PointsOf)];

    /// <summary>The policies that are compared at a point.</summary>
    public IReadOnlyList<string> PoliciesOf(PaperPoint point) => Policies ?? point.Figure switch
    {
        11 => [ClusterPolicies.RoundRobin, ClusterPolicies.Infaas, ClusterPolicies.InfaasStale, ClusterPolicies.Llumnix],
        13 => [ClusterPolicies.LlumnixBase, ClusterPolicies.Llumnix],
        _ => [ClusterPolicies.Infaas, ClusterPolicies.InfaasStale, ClusterPolicies.Llumnix],
    };

    private IEnumerable<PaperPoint> PointsOf(int figure)
    {
        PaperPoint[] own = figure == 15
            ? [.. Thresholds.Select(threshold => new PaperPoint(15, "L-L", 2, 4, threshold))]
            : [.. PaperData.Instance.Points.Where(point => point.Figure == figure)];
        if (own.Length == 0) throw new ArgumentException($"There is no figure {figure} to simulate; there are {string.Join(", ", AllFigures)}.");

        // What is not asked for stays as in the figure: its rates with its traces, where both are its own.
        var traces = Traces is null ? own : own.Where(point => Traces.Contains(point.Trace));
        var asked = (Traces ?? []).Except(own.Select(point => point.Trace)).SelectMany(trace =>
            own.Select(point => point with { Trace = trace }).Where(_ => Rates is not null || figure == 15));
        return traces.Concat(asked)
            .SelectMany(point => (Rates ?? [point.Rate]).Select(rate => point with { Rate = rate }))
            .SelectMany(point => (Variations ?? [point.Variation]).Select(variation => point with { Variation = variation }))
            .Distinct();
    }
}
