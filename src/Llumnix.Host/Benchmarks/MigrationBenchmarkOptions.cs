using Llumnix.Scheduling.Migration;

namespace Llumnix.Host.Benchmarks;

/// <summary>What <c>bench migration</c> measures.</summary>
internal sealed record MigrationBenchmarkOptions
{
    /// <summary>Where the two instances are.</summary>
    public required IReadOnlyList<Placement> Placements { get; init; }

    public required IReadOnlyList<MigrationMethod> Methods { get; init; }

    /// <summary>Lengths of the request that moves, in tokens when its move is ordered.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Moves of each row.</summary>
    public required int Moves { get; init; }

    /// <summary>Moves of a row that computes more than <see cref="LongRecompute"/> tokens again.</summary>
    public required int RecomputeMoves { get; init; }

    /// <summary>Pairs of windows, with migrations and without, of each live row; 0 measures none.</summary>
    public required int Pairs { get; init; }

    /// <summary>Requests that decode on either instance all the time.</summary>
    public required int Others { get; init; }

    /// <summary>Bytes of one round of the throughput measurement.</summary>
    public required long ThroughputBytes { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Whether the model is tiny, which shows that all works and nothing of what it costs.</summary>
    public required bool Quick { get; init; }

    /// <summary>Where the rows go as JSON; null writes none.</summary>
    public string? Json { get; init; }

    /// <summary>Settings of the nodes over the benchmark's own, as <c>key=value</c>.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary>Beyond this length fewer moves of recompute say enough: one takes many seconds.</summary>
    public const int LongRecompute = 2048;

    /// <summary>How many moves a row has.</summary>
    public int MovesOf(MigrationMethod method, int tokens) =>
        method == MigrationMethod.Recompute && tokens > LongRecompute ? Math.Min(Moves, RecomputeMoves) : Moves;
}
