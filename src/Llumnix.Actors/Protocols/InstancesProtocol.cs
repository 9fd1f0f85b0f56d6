using Akka.Actor;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Protocols;

/// <summary>With the actor that hosts a node's instances. What else it is told, each of its instances is.</summary>
public static class InstancesProtocol
{
    /// <summary>Which instances run here? Answered by <see cref="Hosted"/>.</summary>
    public sealed record ListHosted
    {
        public static ListHosted Instance { get; } = new();
    }

    /// <summary>These do.</summary>
    public sealed record Hosted(IReadOnlyList<HostedInstance> All);

    /// <summary>One of them.</summary>
    public sealed record HostedInstance(InstanceId Id, string Model, IActorRef Actor);

    /// <summary>Run one instance of a model more, if the node has room for it. Answered by <see cref="Added"/> or <see cref="NotAdded"/>.</summary>
    /// <param name="Model">Its served name.</param>
    /// <param name="Ticket">Names the order, so that it can be withdrawn.</param>
    public sealed record Add(string Model, long Ticket) : IWireMessage;

    /// <summary>It runs.</summary>
    public sealed record Added(InstanceId Instance) : IWireMessage;

    /// <summary>It does not, and nothing of it is left.</summary>
    /// <param name="Reason">Why, in half a sentence.</param>
    public sealed record NotAdded(string Reason) : IWireMessage;

    /// <summary>Undo an order to add, carried out or not. Not answered.</summary>
    public sealed record Withdraw(long Ticket) : IWireMessage;

    /// <summary>End an instance and free its memory. Answered by <see cref="Gone"/>.</summary>
    public sealed record End(InstanceId Instance) : IWireMessage;

    /// <summary>It is not here, any more or at all.</summary>
    public sealed record Gone(InstanceId Instance) : IWireMessage;
}
