using Llumnix.Scheduling.Migration;

namespace Llumnix.Host.Benchmarks;

/// <summary>One line of the result, by the names its JSON has. Times are in milliseconds.</summary>
internal sealed record MigrationRow
{
    /// <summary>Shorter downtimes are taken for this one: below it clocks and their reading weigh too much.</summary>
    public const double ShortestDowntime = 0.1;

    public required string Placement { get; init; }

    public required string Method { get; init; }

    public required int Tokens { get; init; }

    public required int Moves { get; init; }

    public required double DowntimeMsP50 { get; init; }

    public required double DowntimeMsP99 { get; init; }

    /// <summary>An ordinary step: the median step at the destination while the moves went on.</summary>
    public required double StepMsP50 { get; init; }

    public required double RawGapMsP50 { get; init; }

    public required double RawGapMsP99 { get; init; }

    public required double Stages { get; init; }

    public required double Bytes { get; init; }

    public required double DurationMsP50 { get; init; }

    /// <summary>Median over pairs of windows; null where none were measured.</summary>
    public double? OthersStepRatio { get; init; }

    public int OthersStepPairs { get; init; }

    public double? OthersStepRatioLow { get; init; }

    public double? OthersStepRatioHigh { get; init; }

    public static MigrationRow Of(Placement placement, MigrationMethod method, int tokens, IReadOnlyList<Move> moves)
    {
        double[] downtimes = [.. moves.Select(move => Math.Max(ShortestDowntime, move.Record.Downtime.TotalMilliseconds))];
        double[] gaps = [.. moves.Select(move => move.RawGap)], ratios = [.. moves.SelectMany(move => move.StepRatios)];
        var (low, high) = ratios.MedianInterval();
        return new MigrationRow
        {
            Placement = Words.Of(placement),
            Method = Words.Of(method),
            Tokens = tokens,
            Moves = moves.Count,
            DowntimeMsP50 = downtimes.Median(),
            DowntimeMsP99 = downtimes.Percentile(0.99),
            StepMsP50 = moves.SelectMany(move => move.DestinationSteps).ToArray().Median(),
            RawGapMsP50 = gaps.Median(),
            RawGapMsP99 = gaps.Percentile(0.99),
            Stages = moves.Average(move => move.Record.StageBlocks.Length),
            Bytes = moves.Average(move => move.Record.Bytes),
            DurationMsP50 = moves.Select(move => move.Record.Duration.TotalMilliseconds).ToArray().Median(),
            OthersStepPairs = ratios.Length,
            OthersStepRatio = ratios.Length == 0 ? null : ratios.Median(),
            OthersStepRatioLow = ratios.Length == 0 ? null : low,
            OthersStepRatioHigh = ratios.Length == 0 ? null : high,
        };
    }
}
