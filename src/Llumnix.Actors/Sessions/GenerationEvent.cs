using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Sessions;

/// <summary>What a <see cref="GenerationEvent"/> tells.</summary>
public enum GenerationEventKind : byte
{
    /// <summary>A choice has a next token.</summary>
    Token,

    /// <summary>A choice runs on another instance now.</summary>
    Moved,

    /// <summary>A choice ended.</summary>
    Finished,

    /// <summary>The whole session failed; nothing follows.</summary>
    Failed,
}

/// <summary>
/// One thing a session tells its client, in order; a struct because there is one for every token. Which fields are set depends on
/// <see cref="Kind"/>.
/// </summary>
public readonly record struct GenerationEvent
{
    public GenerationEventKind Kind { get; private init; }

    /// <summary>Token, Moved, Finished: the choice, from 0.</summary>
    public int Choice { get; private init; }

    /// <summary>Token: its place in the choice's output, from 0. Finished: the number of output tokens.</summary>
    public int Index { get; private init; }

    /// <summary>Token: its id.</summary>
    public int TokenId { get; private init; }

    /// <summary>
    /// Token: the text that became certain with it, possibly empty (an incomplete character, a possible stop string).
    /// Finished: the rest of the text that was held back. Failed: the sentence.
    /// </summary>
    public string Text { get; private init; }

    /// <summary>Token: where asked for.</summary>
    public TokenLogprobs? Logprobs { get; private init; }

    /// <summary>Finished: why.</summary>
    public FinishReason Reason { get; private init; }

    /// <summary>Finished by a stop string or by a stop token of the request: that string, or the token id as text; null otherwise.</summary>
    public string? StopReason { get; private init; }

    /// <summary>Finished: what the choice went through; null where nobody knows.</summary>
    public RequestMoves? Moves { get; private init; }

    /// <summary>Moved: where the choice ran and runs.</summary>
    public InstanceId From { get; private init; }

    public InstanceId To { get; private init; }

    /// <summary>Failed: what kind of failure.</summary>
    public GenerationError Error { get; private init; }

    /// <summary>Failed for want of room: when there should be some; null where nobody can tell.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    public static GenerationEvent OfToken(int choice, int index, int tokenId, string text, TokenLogprobs? logprobs) =>
        new() { Kind = GenerationEventKind.Token, Choice = choice, Index = index, TokenId = tokenId, Text = text, Logprobs = logprobs };

    public static GenerationEvent OfMove(int choice, InstanceId from, InstanceId to) =>
        new() { Kind = GenerationEventKind.Moved, Choice = choice, Text = "", From = from, To = to };

    public static GenerationEvent OfFinish(int choice, int outputTokens, string rest, FinishReason reason, string? stopReason, RequestMoves? moves = null) =>
        new() { Kind = GenerationEventKind.Finished, Choice = choice, Index = outputTokens, Text = rest, Reason = reason, StopReason = stopReason, Moves = moves };

    public static GenerationEvent OfFailure(GenerationError error, string sentence, TimeSpan? retryAfter = null) =>
        new() { Kind = GenerationEventKind.Failed, Error = error, Text = sentence, RetryAfter = retryAfter };
}
