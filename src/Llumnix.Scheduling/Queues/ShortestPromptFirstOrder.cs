namespace Llumnix.Scheduling.Queues;

/// <summary>
/// Shorter prompts first, with ageing: each prompt token counts as if the request had come so much later. A request of L tokens is
/// overtaken only by shorter ones that come within L x <c>token-wait</c> of it, so a stream of short ones cannot starve it.
/// </summary>
public sealed class ShortestPromptFirstOrder : IQueueOrder
{
    private readonly long _tokenWait;

    /// <param name="tokenWait">How much later a request counts per prompt token, in units of arrivals; 0 or more.</param>
    public ShortestPromptFirstOrder(long tokenWait)
    {
        if (tokenWait < 0) throw new ArgumentException($"The wait per token of shortest-prompt-first is {tokenWait}; it must be 0 or more.");
        _tokenWait = tokenWait;
    }

    /// <inheritdoc/>
    public long PlaceOf(in QueuedRequest request) => request.Arrival + request.PromptTokens * _tokenWait;
}
