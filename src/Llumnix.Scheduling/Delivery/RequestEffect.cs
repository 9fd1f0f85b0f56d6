using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Delivery;

/// <summary>What a request's entity is to do.</summary>
public abstract record RequestEffect
{
    private RequestEffect()
    {
    }

    /// <summary>Ask the dispatcher for an instance. Answered by <see cref="RequestEvent.Placed"/> or <see cref="RequestEvent.NotPlaced"/>.</summary>
    public sealed record Place(IReadOnlyList<InstanceId> Excluding) : RequestEffect;

    /// <summary>Send the instance the prompt and the tokens so far; its first token has the index <paramref name="NextIndex"/>.</summary>
    public sealed record Submit(InstanceId Instance, Epoch Epoch, int NextIndex) : RequestEffect;

    /// <summary>Tell the instance to end the request in this and older epochs. Answered by <see cref="RequestEvent.Stopped"/>.</summary>
    public sealed record Stop(InstanceId Instance, Epoch Epoch) : RequestEffect;

    /// <summary>Hand on <paramref name="Count"/> of the tokens that arrived, after the first <paramref name="Skip"/> of them.</summary>
    /// <param name="FirstIndex">The output index of the first token handed on.</param>
    /// <param name="Skip">How many of the arrived ones to leave out.</param>
    /// <param name="Count">How many to hand on, at least 1.</param>
    public sealed record Deliver(int FirstIndex, int Skip, int Count) : RequestEffect;

    /// <summary>Tell the instance that all tokens before <paramref name="NextIndex"/> are here, and the end if <paramref name="Ended"/>.</summary>
    public sealed record Acknowledge(InstanceId Instance, Epoch Epoch, int NextIndex, bool Ended) : RequestEffect;

    /// <summary>Ask the instance for the tokens from <paramref name="From"/> on.</summary>
    public sealed record Resend(InstanceId Instance, Epoch Epoch, int From) : RequestEffect;

    /// <summary>Allow the move; the destination speaks with the epoch <paramref name="Granted"/>.</summary>
    public sealed record GrantMove(InstanceId From, InstanceId To, Epoch Granted) : RequestEffect;

    /// <summary>Do not allow the move.</summary>
    public sealed record DenyMove(InstanceId From, InstanceId To, Epoch Epoch) : RequestEffect;

    /// <summary>Tell the client that the request runs elsewhere now.</summary>
    /// <param name="From">Where it ran.</param>
    /// <param name="To">Where it runs.</param>
    public sealed record Moved(InstanceId From, InstanceId To) : RequestEffect;

    /// <summary>Tell the client that the request has ended; there is exactly one of these in a request's life.</summary>
    public sealed record End(FinishReason Reason, RequestFailure? Failure) : RequestEffect;
}
