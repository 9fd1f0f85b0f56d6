namespace Llumnix.Scheduling.Rebalance;

/// <summary>What of a source's requests an order moves; which of those it may move the source's <see cref="IRequestChoice"/> says.</summary>
/// <param name="Count">At most so many requests.</param>
public readonly record struct MoveLimits(int Count)
{
    /// <summary>Running ones, waiting ones or both.</summary>
    public MoveKind Kind { get; init; } = MoveKind.Any;

    /// <summary>All chosen together take at most so many blocks at the destination.</summary>
    public int MaxBlocks { get; init; } = int.MaxValue;

    /// <summary>No further request once those chosen free so many blocks at the source; with <see cref="MaxBlocks"/>, what exactly makes room.</summary>
    public int EnoughBlocks { get; init; } = int.MaxValue;
}
