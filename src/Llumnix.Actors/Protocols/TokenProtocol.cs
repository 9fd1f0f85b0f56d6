using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Protocols;

/// <summary>
/// Tokens on their way from an instance to a gateway's node: one frame a step and node, acknowledged cumulatively. Frames may be lost,
/// doubled and reordered.
/// </summary>
public static class TokenProtocol
{
    /// <summary>New (or repeated) tokens of all requests of one instance whose entities are on one node.</summary>
    /// <param name="Instance">Who speaks.</param>
    /// <param name="Incarnation">Drawn when that instance started.</param>
    /// <param name="Entries">One per request.</param>
    /// <param name="Tokens">Token ids of all entries, one after the other.</param>
    /// <param name="Logprobs">For each token, where its request asked for them; null where none did.</param>
    public sealed record TokenFrame(
        InstanceId Instance, long Incarnation, TokenEntry[] Entries, int[] Tokens, TokenLogprobs?[]? Logprobs) : IWireMessage;

    /// <summary>One request's share of a frame.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Epoch">The placement the instance holds it in.</param>
    /// <param name="FirstIndex">The output index of its first token here; of its next token where <paramref name="Count"/> is 0.</param>
    /// <param name="Offset">Where its tokens start in <see cref="TokenFrame.Tokens"/>.</param>
    /// <param name="Count">How many there are, 0 or more.</param>
    /// <param name="Finish">Why it ends after these tokens; <see cref="FinishReason.None"/> if it goes on.</param>
    public readonly record struct TokenEntry(
        RequestId Request, Epoch Epoch, int FirstIndex, int Offset, int Count, FinishReason Finish);

    /// <summary>What entities of one node have, for the requests of one instance. Sent on progress and, as a sign of life, without.</summary>
    public sealed record AckFrame(AckEntry[] Entries) : IWireMessage;

    /// <summary>The entity has all tokens before <paramref name="NextIndex"/>.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Epoch">The placement it accepts tokens of.</param>
    /// <param name="NextIndex">The index it awaits.</param>
    /// <param name="Ended">Whether it knows the request's end too.</param>
    public readonly record struct AckEntry(RequestId Request, Epoch Epoch, int NextIndex, bool Ended);
}
