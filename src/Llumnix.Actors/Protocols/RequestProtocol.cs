using Akka.Actor;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Protocols;

/// <summary>What a request's entity is told on its own node, by its shard, its session, the dispatcher and the token receiver.</summary>
public static class RequestProtocol
{
    /// <summary>Carries a message to an entity through its shard.</summary>
    /// <param name="Request">The entity.</param>
    /// <param name="NodeUid">The uid of the gateway's node that hosts it.</param>
    /// <param name="Message">What it gets.</param>
    public sealed record ToEntity(RequestId Request, int NodeUid, object Message);

    /// <summary>Makes a shard exist where it belongs before the first request needs it. Answered by <see cref="SlotTouched"/>.</summary>
    public sealed record TouchSlot(int NodeUid, int Slot);

    /// <summary>The slot's shard is there.</summary>
    public sealed record SlotTouched(int Slot);

    /// <summary>The first message of an entity: the request and whose it is. Answered by <see cref="Started"/>.</summary>
    /// <param name="Model">The served name of the model.</param>
    /// <param name="Prompt">Token ids.</param>
    /// <param name="Sampling">With the choice's own seed.</param>
    /// <param name="Priority">Its class.</param>
    /// <param name="Arrival">When the session took it, in UTC ticks.</param>
    /// <param name="Choices">How many choices its session has; they are placed together where possible.</param>
    /// <param name="Session">Who subscribes; when it is gone the request is cancelled.</param>
    /// <param name="TakeOverFrom">
    /// The output index from which the client lacks tokens, where the request may have run by another gateway: then the instances are asked
    /// for it first. Null for a new one.
    /// </param>
    public sealed record Start(
        string Model, int[] Prompt, SamplingParameters Sampling, Priority Priority, long Arrival, int Choices, IActorRef Session, int? TakeOverFrom = null);

    /// <summary>The entity (the sender) is there.</summary>
    public sealed record Started(int Choice);

    /// <summary>Ends the request wherever it is.</summary>
    public sealed record Cancel
    {
        public static Cancel Instance { get; } = new();
    }

    /// <summary>Deliver the output again from its first token.</summary>
    public sealed record Replay
    {
        public static Replay Instance { get; } = new();
    }

    /// <summary>The client reads too slowly: acknowledge nothing further, so that the instance pauses the request at max-unacked.</summary>
    public sealed record Stalled
    {
        public static Stalled Instance { get; } = new();
    }

    /// <summary>The client has caught up: acknowledge what is there.</summary>
    public sealed record Flowing
    {
        public static Flowing Instance { get; } = new();
    }

    /// <summary>A frame has something for this entity.</summary>
    public sealed record Tokens(TokenProtocol.TokenFrame Frame, int Entry);

    /// <summary>Nothing was heard of the request for <c>resend-after</c>.</summary>
    public sealed record Silent
    {
        public static Silent Instance { get; } = new();
    }

    /// <summary>An instance is suspected, or known to be dead; whoever has a request there places it again.</summary>
    public sealed record InstanceLost(InstanceId Instance, bool Dead);

    /// <summary>How is the request? Answered by <see cref="Cluster.RequestStatus"/>.</summary>
    public sealed record Describe
    {
        public static Describe Instance { get; } = new();
    }
}
