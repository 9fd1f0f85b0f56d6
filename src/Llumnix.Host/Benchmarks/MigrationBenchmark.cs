using System.Diagnostics;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Host.Benchmarks;

/// <summary><c>llumnix bench migration</c>: what moving a running request costs it and the others.</summary>
internal sealed class MigrationBenchmark(MigrationBenchmarkOptions options, Action<string> tell)
{
    /// <summary>The longest window in which the others' steps are averaged.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromSeconds(2);

    /// <summary>Tokens that the moving request has at either end of its move at least.</summary>
    private const int TokensAround = 4;

    /// <summary>Tokens it may grow by while it moves and rests.</summary>
    private const int Growth = 4096;

    private readonly Random _random = new((int)options.Seed);
    private TimeSpan _lastMove = TimeSpan.FromSeconds(0.25);

    public static ModelConfig Shape(bool quick, int longest) => new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = 512,
        HiddenSize = quick ? 64 : 256,
        IntermediateSize = quick ? 128 : 512,
        Layers = quick ? 2 : 16,
        Heads = quick ? 2 : 16,
        KvHeads = quick ? 2 : 16,
        HeadDim = 64,
        MaxPositions = longest + Growth,
        TiedEmbeddings = true,
    };

    public async Task<List<MigrationRow>> RunAsync(CancellationToken cancellationToken)
    {
        int longest = Math.Max(options.Tokens.Max(), SteadyLoad.PromptTokens + SteadyLoad.OutputTokens);
        using var folder = new RandomModelFolder(Shape(options.Quick, longest), WeightType.BF16, options.Seed);
        // The request, its blocks from an earlier move that are still cached, its growth, and the others.
        int blocks = (((2 * longest) + Growth + (2 * options.Others * (SteadyLoad.PromptTokens + SteadyLoad.OutputTokens))) / 16) + 64;
        var rows = new List<MigrationRow>();
        foreach (Placement placement in options.Placements)
        {
            tell($"starting {Words.Of(placement)}");
            await using InstancePair pair = await InstancePair.StartAsync(placement, folder.Path, blocks, options.Sets, cancellationToken);
            await using var load = new SteadyLoad(pair, options.Others, folder.Model.VocabularySize, SteadyLoad.OutputTokens, options.Seed);
            await load.ReadyAsync(cancellationToken);
            foreach (int tokens in options.Tokens)
            {
                foreach (MigrationMethod method in options.Methods)
                    rows.Add(await MeasureAsync(pair, load, folder.Model, placement, method, tokens, cancellationToken));
            }
        }

        return rows;
    }

    private async Task<MigrationRow> MeasureAsync(
        InstancePair pair, SteadyLoad load, ModelConfig model, Placement placement, MigrationMethod method, int tokens, CancellationToken cancellationToken)
    {
        string what = $"{Words.Of(placement)}, {Words.Of(method)}, {tokens} tokens";
        int moves = options.MovesOf(method, tokens), warmups = method == MigrationMethod.Recompute ? 1 : 3, pairs = method == MigrationMethod.Live ? options.Pairs : 0;
        int[] prompt = SteadyLoad.Prompt(_random, tokens, model.VocabularySize);
        var measured = new List<Move>();
        for (int i = -Math.Min(warmups, moves); i < moves; i++)
        {
            tell($"{what}: move {i + 1} of {moves}");
            // Cached blocks would spare a destination that computes again what the measurement is about.
            if (method == MigrationMethod.Recompute) prompt = SteadyLoad.Prompt(_random, tokens, model.VocabularySize);
            bool windows = i >= 0 && measured.Sum(move => move.StepRatios.Count) < pairs;
            Move move = await MoveAsync(pair, load, prompt, method, windows, cancellationToken);
            if (i >= 0) measured.Add(move);
            load.Check();
        }

        var row = MigrationRow.Of(placement, method, tokens, measured);
        tell(row.ToString());
        return row;
    }

    private async Task<Move> MoveAsync(
        InstancePair pair, SteadyLoad load, int[] prompt, MigrationMethod method, bool windows, CancellationToken cancellationToken)
    {
        await using var request = new DecodingRequest(pair.Client, prompt, Growth);
        await request.WhenTokensAsync(TokensAround, cancellationToken);
        int? found;
        while ((found = await pair.SideOfAsync(request.Id, cancellationToken)) is null) await Task.Delay(10, cancellationToken);
        int from = found.Value, to = 1 - from;
        TimeSpan rest = windows ? _lastMove / 2 : TimeSpan.Zero;
        load.TakeGaps();
        long start = Stopwatch.GetTimestamp();
        if (windows) await Task.Delay(rest, cancellationToken);
        long ordered = Stopwatch.GetTimestamp();
        Task<double> moved = request.NextMove;
        if (await pair.MoveAsync(request.Id, to, method, cancellationToken) is { } problem) throw new BenchmarkException($"A move was refused: {problem}");
        double gap = await WhenMovedAsync(pair, request, moved, cancellationToken);
        long over = Stopwatch.GetTimestamp();
        if (windows) await Task.Delay(rest, cancellationToken);
        long end = Stopwatch.GetTimestamp();
        await request.WhenTokensAsync(request.Tokens + TokensAround, cancellationToken);
        IReadOnlyList<TokenGap> gaps = load.TakeGaps();
        MigrationRecord record;
        while ((record = await pair.RecordAsync(request.Id, cancellationToken) ?? throw new BenchmarkException("A move has no record.")).Outcome is null)
            await Task.Delay(10, cancellationToken);
        _lastMove = Stopwatch.GetElapsedTime(ordered, over);
        return new Move(
            record,
            gap,
            [.. gaps.Where(one => one.Side == to && one.At >= ordered && one.At < over).Select(one => one.Milliseconds)],
            windows ? Ratios(gaps, start, ordered, over, end) : []);
    }

    private static async Task<double> WhenMovedAsync(InstancePair pair, DecodingRequest request, Task<double> moved, CancellationToken cancellationToken)
    {
        while (await Task.WhenAny(moved, request.Ended, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken)) != moved)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (request.Ended.IsCompleted) await request.Ended;
            var record = await pair.RecordAsync(request.Id, cancellationToken);
            if (record is { Outcome: not null and not MigrationOutcome.Moved }) throw new BenchmarkException($"A request did not move: {record.Reason}.");
        }

        return await moved;
    }

    /// <summary>
    /// Cuts the move into windows, and the rests before and after it into as many; a window of the move is compared with its share of both
    /// rests, so that what grows evenly cancels.
    /// </summary>
    private static List<double> Ratios(IReadOnlyList<TokenGap> gaps, long start, long ordered, long over, long end)
    {
        int count = (int)Math.Max(1, Math.Round((over - ordered) / (LongestWindow.TotalSeconds * Stopwatch.Frequency)));
        var ratios = new List<double>();
        for (int i = 0; i < count; i++)
        {
            double with = Step(One(ordered, over)), without = Step([.. One(start, ordered), .. One(over, end)]);
            if (with > 0 && without > 0) ratios.Add(with / without);

            IEnumerable<TokenGap> One(long first, long last)
            {
                long from = first + ((last - first) * i / count), to = first + ((last - first) * (i + 1) / count);
                return gaps.Where(gap => gap.At >= from && gap.At < to);
            }
        }

        return ratios;

        // Of both instances alike; 0 where one of them had no token in the window.
        static double Step(IEnumerable<TokenGap> window)
        {
            double[] means = [.. window.GroupBy(gap => gap.Side).Select(side => side.Average(gap => gap.Milliseconds))];
            return means.Length == 2 ? (means[0] + means[1]) / 2 : 0;
        }
    }
}
