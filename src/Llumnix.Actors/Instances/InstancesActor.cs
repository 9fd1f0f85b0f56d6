using Akka.Actor;

namespace Llumnix.Actors.Instances;

/// <summary>The instances of a node. One that fails is stopped, never restarted in place: what it held is elsewhere or lost. What they are told, each is.</summary>
internal sealed class InstancesActor : UntypedActor
{
    private readonly IReadOnlyList<Props> _instances;

    public InstancesActor(IReadOnlyList<Props> instances) => _instances = instances;

    public static Props Props(IReadOnlyList<Props> instances) => Akka.Actor.Props.Create(() => new InstancesActor(instances));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        for (int i = 0; i < _instances.Count; i++)
            Context.ActorOf(_instances[i], i.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    protected override void OnReceive(object message)
    {
        foreach (var instance in Context.GetChildren()) instance.Forward(message);
    }
}
