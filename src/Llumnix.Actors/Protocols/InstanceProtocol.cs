using Akka.Actor;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Protocols;

/// <summary>
/// Between a request's entity and the instance that runs it. Everything the entity sends is idempotent and repeated until answered;
/// an instance that knows a newer epoch of the request ignores what carries an older one.
/// </summary>
public static class InstanceProtocol
{
    /// <summary>Run this request from its next token on. Answered by <see cref="SubmitAccepted"/>, <see cref="SubmitRefused"/>, <see cref="MovedOn"/> or <see cref="NotHere"/>.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Epoch">The placement this is.</param>
    /// <param name="Prompt">Token ids of the prompt, at least one.</param>
    /// <param name="Generated">Tokens generated so far, elsewhere; empty at the first placement. The next token has their count as index.</param>
    /// <param name="Sampling">How its tokens are chosen; the seed is drawn.</param>
    /// <param name="Priority">Its class.</param>
    /// <param name="Arrival">When its session took it, in UTC ticks; a later placement keeps it.</param>
    /// <param name="Ticket">The dispatcher's, so that the instance's reports tell whether they include the request.</param>
    /// <param name="Receiver">Where frames with its tokens go: the receiver of its gateway's node.</param>
    public sealed record Submit(
        RequestId Request,
        Epoch Epoch,
        int[] Prompt,
        int[] Generated,
        SamplingParameters Sampling,
        Priority Priority,
        long Arrival,
        DispatchTicket Ticket,
        IActorRef Receiver) : IWireMessage;

    /// <summary>The request waits or runs here, or ran here to its end, in this epoch.</summary>
    public sealed record SubmitAccepted(RequestId Request, Epoch Epoch, InstanceId Instance) : IWireMessage;

    /// <summary>The request is not here and will not be in this epoch.</summary>
    /// <param name="Sentence">What is wrong, with the numbers, for the person who sent the request.</param>
    public sealed record SubmitRefused(RequestId Request, Epoch Epoch, InstanceId Instance, SubmitRefusal Reason, string Sentence)
        : IWireMessage;

    /// <summary>
    /// End the request if it is here in this or an older epoch, free its blocks and forget its tokens. Answered by <see cref="Stopped"/>,
    /// known or not.
    /// </summary>
    public sealed record Stop(RequestId Request, Epoch Epoch) : IWireMessage;

    /// <summary>The request holds nothing here in this or an older epoch; blocks that a step still writes are freed when it ends.</summary>
    public sealed record Stopped(RequestId Request, Epoch Epoch, InstanceId Instance) : IWireMessage;

    /// <summary>
    /// Send the tokens from this index on again. Answered by a <see cref="TokenProtocol.TokenFrame"/>, without tokens where there are none
    /// yet, or by <see cref="NotHere"/>.
    /// </summary>
    public sealed record Resend(RequestId Request, Epoch Epoch, int From) : IWireMessage;

    /// <summary>This instance does not have the request in this epoch, and will not: it must be placed again.</summary>
    public sealed record NotHere(RequestId Request, Epoch Epoch, InstanceId Instance) : IWireMessage;

    /// <summary>The request was here in this epoch and was moved on, as its entity had granted: it speaks from there.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Epoch">The placement it had here.</param>
    /// <param name="Instance">This instance.</param>
    /// <param name="To">Where it went.</param>
    /// <param name="ToActor">Who that is.</param>
    /// <param name="Moved">The placement it has there.</param>
    public sealed record MovedOn(RequestId Request, Epoch Epoch, InstanceId Instance, InstanceId To, IActorRef ToActor, Epoch Moved) : IWireMessage;

    /// <summary>
    /// From a gateway that takes a request over whose gateway is gone: is it here, waiting, running or ended? Answered by <see cref="Holds"/>,
    /// <see cref="MovedOn"/>, <see cref="HoldsNot"/> or <see cref="Differs"/>; from then on the request moves nowhere until it was placed anew.
    /// </summary>
    /// <param name="Request">The request.</param>
    /// <param name="Fingerprint">Of the prompt and the parameters that the client gave.</param>
    /// <param name="From">The output index from which the client lacks tokens.</param>
    /// <param name="WithLogprobs">Whether it wants those tokens' log probabilities.</param>
    public sealed record WhoHas(RequestId Request, ulong Fingerprint, int From, bool WithLogprobs) : IWireMessage;

    /// <summary>The request is here.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Instance">This instance.</param>
    /// <param name="Epoch">The placement it has here.</param>
    /// <param name="Output">All its output so far.</param>
    /// <param name="Logprobs">Of the last tokens of it, where asked for.</param>
    /// <param name="Finish">Why it ended; None where it goes on.</param>
    public sealed record Holds(
        RequestId Request, InstanceId Instance, Epoch Epoch, int[] Output, TokenLogprobs?[]? Logprobs, FinishReason Finish) : IWireMessage;

    /// <summary>The request is not here, or not all that the client lacks.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Instance">This instance.</param>
    /// <param name="Newest">The newest epoch seen of it; the least where none was.</param>
    public sealed record HoldsNot(RequestId Request, InstanceId Instance, Epoch Newest) : IWireMessage;

    /// <summary>A request of this id is here, with another prompt or other parameters.</summary>
    public sealed record Differs(RequestId Request, InstanceId Instance) : IWireMessage;

    /// <summary>From the instance's own node, which goes down: take nothing further.</summary>
    public sealed record Terminate
    {
        public static Terminate Instance { get; } = new();
    }
}
