using Akka.Actor;
using Llumnix.Actors.Protocols;

namespace Llumnix.Actors.Instances;

/// <summary>The instances of a node. One that fails is stopped, never restarted in place: what it held is elsewhere or lost.</summary>
internal sealed class InstancesActor : ReceiveActor
{
    private readonly IReadOnlyList<MadeInstance> _first;
    private readonly Dictionary<IActorRef, InstancesProtocol.HostedInstance> _hosted = [];

    public InstancesActor(IReadOnlyList<MadeInstance> first)
    {
        _first = first;
        Receive<InstancesProtocol.ListHosted>(_ => Sender.Tell(new InstancesProtocol.Hosted([.. _hosted.Values.OrderBy(instance => instance.Id)])));
        Receive<Terminated>(gone => _hosted.Remove(gone.ActorRef));
        ReceiveAny(message =>
        {
            foreach (var instance in Context.GetChildren()) instance.Forward(message);
        });
    }

    /// <param name="first">Those that run from the start.</param>
    public static Props Props(IReadOnlyList<MadeInstance> first) => Akka.Actor.Props.Create(() => new InstancesActor(first));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        foreach (var made in _first) Host(made);
    }

    private void Host(MadeInstance made)
    {
        // Its number on the node.
        var actor = Context.ActorOf(made.Props, made.Id.Name[(made.Id.Name.LastIndexOf('/') + 1)..]);
        Context.Watch(actor);
        _hosted.Add(actor, new InstancesProtocol.HostedInstance(made.Id, made.Model, actor));
    }
}
