using Akka.Actor;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Load;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Cluster;

/// <summary>
/// The cluster's one manager: knows every instance by its reports, answers operators and passes their orders on. It owns nothing that it does not hear again within
/// a heartbeat, and no request waits for it.
/// </summary>
internal sealed class GlobalManagerActor : ReceiveActor
{
    /// <summary>Of its singleton's manager on every node with the role.</summary>
    public const string Name = "manager";

    private readonly InstanceRegistry _registry;

    public GlobalManagerActor(LoadReportOptions options, Headrooms headrooms, TimeProvider time)
    {
        _registry = new InstanceRegistry(options.SuspectAfter, headrooms, time);
        Receive<LoadProtocol.NodeReport>(_registry.Take);
        Receive<LoadProtocol.InstanceEnded>(_registry.End);
        Receive<ManagerProtocol.ListInstances>(_ => Sender.Tell(new ManagerProtocol.Instances(_registry.List())));
        Receive<ManagerProtocol.ListActors>(_ => Sender.Tell(_registry.ListActors()));
        Receive<ManagerProtocol.MigrateSome>(order => _registry.Order(order, Sender));
    }

    public static Props Props(LoadReportOptions options, Headrooms headrooms, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new GlobalManagerActor(options, headrooms, time));
}
