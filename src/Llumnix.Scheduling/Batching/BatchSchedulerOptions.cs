using Llumnix.Scheduling.Queues;

namespace Llumnix.Scheduling.Batching;

/// <summary>Limits of one instance's batch scheduler.</summary>
public sealed record BatchSchedulerOptions
{
    /// <summary>M: blocks in the instance's KV memory.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Tokens in a block.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>
    /// The most tokens one step computes; a longer prompt is prefilled in chunks. At least <see cref="MaxRunning"/>, so that no request
    /// in the batch is left out of a step for want of budget alone; with <see cref="PrefillMode.WholePrompt"/> at least
    /// <see cref="MaxContext"/> too.
    /// </summary>
    public int TokenBudget { get; init; } = 512;

    /// <summary>How prompts are computed beside the requests that decode.</summary>
    public PrefillMode Prefill { get; init; } = PrefillMode.Chunked;

    /// <summary>The most requests in one step.</summary>
    public int MaxRunning { get; init; } = 64;

    /// <summary>The most requests that may wait; one more is refused.</summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>The model's context in tokens: prompt and output together.</summary>
    public required int MaxContext { get; init; }

    /// <summary>Share of the blocks kept free when a waiting request is admitted, in [0, 1), so that running ones can grow.</summary>
    public double Watermark { get; init; } = 0.01;

    /// <summary>Whether full blocks are kept after use and shared by requests with the same prefix.</summary>
    public bool PrefixCaching { get; init; } = true;

    /// <summary>In which order the requests of a class are served.</summary>
    public IQueueOrder QueueOrder { get; init; } = PriorityArrivalOrder.Instance;

    /// <summary>
    /// By <see cref="Priority.Rank"/>: whether a class's requests preempt running ones of lower classes where they would otherwise wait;
    /// classes beyond do not.
    /// </summary>
    public IReadOnlyList<bool> PreemptsLower { get; init; } = [];

    /// <summary>The watermark in blocks, rounded down.</summary>
    public int WatermarkBlocks => (int)(Watermark * BlockCount);

    /// <summary>Throws where a value cannot be used, with one sentence that names it.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        AtLeastOne(BlockCount, nameof(BlockCount));
        AtLeastOne(BlockSize, nameof(BlockSize));
        AtLeastOne(MaxRunning, nameof(MaxRunning));
        AtLeastOne(MaxContext, nameof(MaxContext));
        if (MaxWaiting < 0) throw new ArgumentException($"{nameof(MaxWaiting)} is {MaxWaiting}; it must be 0 or more.");
        if (TokenBudget < MaxRunning)
        {
            throw new ArgumentException($"{nameof(TokenBudget)} is {TokenBudget}; it must be at least {nameof(MaxRunning)}, {MaxRunning}.");
        }

        if (Prefill == PrefillMode.WholePrompt && TokenBudget < MaxContext)
        {
            throw new ArgumentException(
                $"{nameof(TokenBudget)} is {TokenBudget}; with {nameof(PrefillMode.WholePrompt)} prefill it must be at least {nameof(MaxContext)}, {MaxContext}.");
        }

        if (Watermark is not (>= 0 and < 1)) throw new ArgumentException($"{nameof(Watermark)} is {Watermark}; it must be at least 0 and below 1.");
    }

    private static void AtLeastOne(int value, string name)
    {
        if (value < 1) throw new ArgumentException($"{name} is {value}; it must be 1 or more.");
    }
}
