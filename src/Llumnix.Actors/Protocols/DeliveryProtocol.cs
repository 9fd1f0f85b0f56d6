using Akka.Actor;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Protocols;

/// <summary>Between the entities of a node and its token receiver.</summary>
public static class DeliveryProtocol
{
    /// <summary>The entity (the sender) is there; before its first placement, so that it hears of lost instances.</summary>
    public sealed record Register(RequestId Request, string Model);

    /// <summary>The entity (the sender) awaits the request's tokens from this placement; repeated for every placement.</summary>
    /// <param name="NextIndex">The output index it awaits.</param>
    public sealed record Follow(RequestId Request, Epoch Epoch, IActorRef InstanceActor, int NextIndex);

    /// <summary>The entity has all tokens before <paramref name="NextIndex"/>; the instance is told within <c>ack-interval</c>.</summary>
    public sealed record Acknowledge(RequestId Request, Epoch Epoch, int NextIndex, bool Ended);

    /// <summary>The entity ends; what it acknowledged last is still sent.</summary>
    public sealed record Unfollow(RequestId Request);

    /// <summary>Which entities are here? Answered by <see cref="Entities"/>.</summary>
    public sealed record ListEntities
    {
        public static ListEntities Instance { get; } = new();
    }

    /// <summary>All entities of the node.</summary>
    public sealed record Entities(IReadOnlyList<IActorRef> All);
}
