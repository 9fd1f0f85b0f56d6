namespace Llumnix.Scheduling.Batching;

/// <summary>A batch scheduler's load at one moment.</summary>
public sealed record BatchLoad
{
    /// <summary>M: blocks in the instance's KV memory.</summary>
    public required int TotalBlocks { get; init; }

    /// <summary>Blocks that can be given out, those kept for their content only included.</summary>
    public required int FreeBlocks { get; init; }

    /// <summary>Tokens in a block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Requests in the batch, paused ones included.</summary>
    public required int Running { get; init; }

    /// <summary>The most requests in the batch.</summary>
    public int MaxRunning { get; init; } = int.MaxValue;

    /// <summary>Requests in the waiting queue.</summary>
    public required int Waiting { get; init; }

    /// <summary>The most requests that may wait.</summary>
    public required int MaxWaiting { get; init; }

    /// <summary>Blocks that stay free when a request is admitted or reserved for, so that running ones can grow.</summary>
    public int WatermarkBlocks { get; init; }

    /// <summary>Blocks that all waiting requests together would need for the tokens they have.</summary>
    public required int WaitingDemand { get; init; }

    /// <summary>Blocks that the first waiting request would need; 0 where none waits.</summary>
    public required int HeadOfLineDemand { get; init; }

    /// <summary>Blocks of the running request that has the fewest, of the lowest class that runs: what is moved first by default; 0 where none runs.</summary>
    public int SmallestRunning { get; init; }

    /// <summary>By <see cref="Priority.Rank"/>, up to the highest rank ever seen.</summary>
    public required ClassLoad[] Classes { get; init; }

    /// <summary>Blocks in use, each counted once however many requests share it.</summary>
    public int UsedBlocks => TotalBlocks - FreeBlocks;

    /// <summary>The class <paramref name="priority"/>; all zero where it never had a request.</summary>
    public ClassLoad Of(Priority priority) => priority.Rank < Classes.Length ? Classes[priority.Rank] : default;
}
