using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Protocols;

/// <summary>Between operators (and the nodes that ask for them) and the global manager.</summary>
public static class ManagerProtocol
{
    /// <summary>Which instances are there? Answered by <see cref="Instances"/>.</summary>
    public sealed record ListInstances : IWireMessage
    {
        public static ListInstances Instance { get; } = new();
    }

    /// <summary>All instances the manager has heard of, by id.</summary>
    public sealed record Instances(InstanceStatus[] All) : IWireMessage;

    /// <summary>
    /// Have one instance move some of its requests to another. Answered by the first, or by who was asked where it cannot be, with a
    /// <see cref="MigrationProtocol.MigrateSomeAnswer"/>.
    /// </summary>
    public sealed record MigrateSome(InstanceId From, InstanceId To, MoveLimits Limits) : IWireMessage;

    /// <summary>Who are they? Answered by <see cref="InstanceActors"/>.</summary>
    public sealed record ListActors : IWireMessage
    {
        public static ListActors Instance { get; } = new();
    }

    /// <summary>The instances that have not ended, by id; the same place of each array is about the same instance.</summary>
    public sealed record InstanceActors(InstanceId[] Instances, IActorRef[] Actors, string[] Models, bool[] TakesRequests) : IWireMessage;
}
