using Akka.Actor;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Launching;
using Llumnix.Actors.Load;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Cluster;

/// <summary>
/// The cluster's one manager: knows every instance by its reports, answers operators, passes their orders on, and has instances started and
/// ended. It owns nothing that it does not hear again within a heartbeat, and no request waits for it.
/// </summary>
internal sealed class GlobalManagerActor : ReceiveActor
{
    /// <summary>Of its singleton's manager on every node with the role.</summary>
    public const string Name = "manager";

    private readonly InstanceRegistry _registry;
    private readonly ScalingSetup? _scaling;

    public GlobalManagerActor(LoadReportOptions options, Headrooms headrooms, TimeProvider time, ScalingSetup? scaling)
    {
        _scaling = scaling;
        _registry = new InstanceRegistry(options.SuspectAfter, headrooms, time);
        Receive<LoadProtocol.NodeReport>(_registry.Take);
        Receive<LoadProtocol.InstanceEnded>(_registry.End);
        Receive<ManagerProtocol.ListInstances>(_ => Sender.Tell(new ManagerProtocol.Instances(_registry.List())));
        Receive<ManagerProtocol.ListActors>(_ => Sender.Tell(_registry.ListActors()));
        Receive<ManagerProtocol.MigrateSome>(order => _registry.Order(order, Sender));
        Receive<ScalingActor.ListKnown>(question => Sender.Tell(new ScalingActor.Known(_registry.ListKnown(question.Silence))));
        Receive<ScalingProtocol.Describe>(DescribeScaling);
    }

    /// <param name="options">How silence is judged.</param>
    /// <param name="headrooms">By priority class.</param>
    /// <param name="time">The clock.</param>
    /// <param name="scaling">How instances are started and ended; null leaves them as they are.</param>
    public static Props Props(LoadReportOptions options, Headrooms headrooms, TimeProvider time, ScalingSetup? scaling = null) =>
        Akka.Actor.Props.Create(() => new GlobalManagerActor(options, headrooms, time, scaling));

    protected override void PreStart()
    {
        if (_scaling is not null) Context.ActorOf(ScalingActor.Props(_scaling), ScalingActor.Name);
    }

    private void DescribeScaling(ScalingProtocol.Describe question)
    {
        var scaling = Context.Child(ScalingActor.Name);
        if (scaling.IsNobody()) Sender.Tell(new ScalingProtocol.Scaling(new ScalingStatus(Launchers.None, Launchers.None, [])));
        else scaling.Forward(question);
    }
}
