using Akka.Actor;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Protocols;

/// <summary>With the actor that hosts a node's instances. What else it is told, each of its instances is.</summary>
internal static class InstancesProtocol
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
}
