namespace Llumnix.Scheduling.Batching;

/// <summary>Limits of one instance's batch scheduler.</summary>
public sealed record BatchSchedulerOptions
{
    /// <summary>M: blocks in the instance's KV memory.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Tokens in a block.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>The most tokens one step computes; a longer prompt is prefilled in chunks.</summary>
    public int TokenBudget { get; init; } = 512;

    /// <summary>The most requests in one step.</summary>
    public int MaxRunning { get; init; } = 64;

    /// <summary>The most requests that may wait; one more is refused.</summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>The model's context in tokens: prompt and output together.</summary>
    public required int MaxContext { get; init; }

    /// <summary>Share of the blocks kept free when a waiting request is admitted, so that running ones can grow.</summary>
    public double Watermark { get; init; } = 0.01;

    /// <summary>Whether full blocks are kept after use and shared by requests with the same prefix.</summary>
    public bool PrefixCaching { get; init; } = true;
}
