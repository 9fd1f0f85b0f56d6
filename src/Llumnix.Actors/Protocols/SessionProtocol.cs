using System.Threading.Channels;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Protocols;

/// <summary>Between a gateway's clients, its sessions and the entities of their requests; all on one node.</summary>
public static class SessionProtocol
{
    /// <summary>Starts a session that writes into this channel.</summary>
    /// <param name="Request">What it generates.</param>
    /// <param name="Events">Where its events go.</param>
    /// <param name="TakenOver">Told whether the request was found elsewhere, where it is to be taken over.</param>
    public sealed record Open(GenerateRequest Request, ChannelWriter<GenerationEvent> Events, TaskCompletionSource<bool> TakenOver);

    /// <summary>Attaches another client to a session, from these output indices on. Answered by <see cref="Attached"/> or <see cref="Unknown"/>.</summary>
    public sealed record Attach(RequestId Session, IReadOnlyList<int> Offsets, ChannelWriter<GenerationEvent> Events);

    /// <summary>The client is attached to what <paramref name="Request"/> asked for.</summary>
    public sealed record Attached(GenerateRequest Request);

    /// <summary>No such session is here.</summary>
    public sealed record Unknown
    {
        public static Unknown Instance { get; } = new();
    }

    /// <summary>The client that reads this channel went away.</summary>
    public sealed record Detach(RequestId Session, ChannelWriter<GenerationEvent> Events);

    /// <summary>Ends all choices. Where an answer is wanted it is <see cref="Cancelled"/> or <see cref="Unknown"/>.</summary>
    public sealed record Cancel(RequestId Session, bool Answer);

    /// <summary>The session is ending.</summary>
    public sealed record Cancelled
    {
        public static Cancelled Instance { get; } = new();
    }

    /// <summary>
    /// The node goes down: every session fails with this sentence, and new ones do so at once. Answered by <see cref="Closed"/> when none
    /// is left.
    /// </summary>
    public sealed record Close(string Sentence);

    /// <summary>No session is left.</summary>
    public sealed record Closed
    {
        public static Closed Instance { get; } = new();
    }

    /// <summary>From an entity: its next tokens, in order; repeated from the first one after a replay was asked for.</summary>
    /// <param name="Choice">Which choice the entity is.</param>
    /// <param name="FirstIndex">The output index of the first of them.</param>
    /// <param name="Tokens">Their ids; none where only the end is told.</param>
    /// <param name="Logprobs">One for each token, or empty.</param>
    /// <param name="Finish">Why the output ends with them, if it does.</param>
    public sealed record Deliver(
        int Choice, int FirstIndex, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<TokenLogprobs?> Logprobs, FinishReason Finish);

    /// <summary>From an entity: the choice runs on another instance now.</summary>
    public sealed record Moved(int Choice, InstanceId From, InstanceId To);

    /// <summary>From an entity: what the choice has gone through so far.</summary>
    public sealed record Travelled(int Choice, RequestMoves Moves);

    /// <summary>From an entity that takes a request over: whether an instance had the choice.</summary>
    public sealed record TakenOver(int Choice, bool Found);

    /// <summary>From an entity: the choice cannot be served; if there should be room for it later, when.</summary>
    public sealed record Failed(int Choice, GenerationError Error, string Sentence, TimeSpan? RetryAfter = null);
}
