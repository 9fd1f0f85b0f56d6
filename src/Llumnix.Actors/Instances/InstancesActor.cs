using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Protocols;

namespace Llumnix.Actors.Instances;

/// <summary>
/// The instances of a node: those it starts with, and those added and ended while it runs. One that fails is stopped, never restarted in
/// place: what it held is elsewhere or lost.
/// </summary>
internal sealed class InstancesActor : ReceiveActor
{
    /// <summary>Its name below a node's <c>/user</c>.</summary>
    public const string Name = "instances";

    private readonly IReadOnlyList<MadeInstance> _first;
    private readonly NodeInstances? _source;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<IActorRef, InstancesProtocol.HostedInstance> _hosted = [];
    private readonly Dictionary<long, Order> _orders = [];
    private readonly List<(InstancesProtocol.Gone Answer, IActorRef Asker)> _ending = [];

    public InstancesActor(IReadOnlyList<MadeInstance> first, NodeInstances? source)
    {
        _first = first;
        _source = source;
        Receive<InstancesProtocol.ListHosted>(_ => Sender.Tell(new InstancesProtocol.Hosted([.. _hosted.Values.OrderBy(instance => instance.Id)])));
        Receive<InstancesProtocol.Add>(Add);
        Receive<Made>(Take);
        Receive<InstancesProtocol.Withdraw>(Withdraw);
        Receive<InstancesProtocol.End>(End);
        Receive<Terminated>(Ended);
        ReceiveAny(message =>
        {
            foreach (var instance in Context.GetChildren()) instance.Forward(message);
        });
    }

    /// <param name="first">Those that run from the start.</param>
    /// <param name="source">Makes those added later; null refuses them.</param>
    public static Props Props(IReadOnlyList<MadeInstance> first, NodeInstances? source = null) =>
        Akka.Actor.Props.Create(() => new InstancesActor(first, source));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        foreach (var made in _first) Host(made);
    }

    protected override void PostStop() => _source?.Dispose();

    private IActorRef Host(MadeInstance made)
    {
        // Its number on the node.
        var actor = Context.ActorOf(made.Props, made.Id.Name[(made.Id.Name.LastIndexOf('/') + 1)..]);
        Context.Watch(actor);
        _hosted.Add(actor, new InstancesProtocol.HostedInstance(made.Id, made.Model, actor));
        return actor;
    }

    private void Add(InstancesProtocol.Add add)
    {
        if (_orders.TryGetValue(add.Ticket, out var known))
        {
            known.Asker = Sender;
            if (known.Instance is { } there) Sender.Tell(new InstancesProtocol.Added(_hosted[there].Id));
            return;
        }

        // Those being made count, or two orders would each find the room for one.
        string[] running = [.. _hosted.Values.Select(instance => instance.Model), .. _orders.Values.Where(order => order.Instance is null).Select(order => order.Model)];
        string? why = _source is null ? "it runs no instances" : _source.WhyNot(add.Model, running);
        if (why is not null)
        {
            Sender.Tell(new InstancesProtocol.NotAdded(why));
            return;
        }

        _orders[add.Ticket] = new Order(add.Model, Sender);
        var make = _source!.Maker(add.Model);
        Task.Run(make).PipeTo(Self, success: made => new Made(add.Ticket, made, null), failure: e => new Made(add.Ticket, null, e.GetBaseException()));
    }

    private void Take(Made made)
    {
        bool wanted = _orders.TryGetValue(made.Ticket, out var order);
        if (made.Instance is null)
        {
            _orders.Remove(made.Ticket);
            order?.Asker.Tell(new InstancesProtocol.NotAdded(made.Problem!.Message.TrimEnd('.')));
        }
        else if (!wanted)
        {
            made.Instance.Executor.Dispose();
        }
        else
        {
            order!.Instance = Host(made.Instance);
            order.Asker.Tell(new InstancesProtocol.Added(made.Instance.Id));
            _log.Info("Instance {0} of {1} was added.", made.Instance.Id, made.Instance.Model);
        }
    }

    private void Withdraw(InstancesProtocol.Withdraw withdraw)
    {
        if (_orders.Remove(withdraw.Ticket, out var order) && order.Instance is { } instance) Context.Stop(instance);
    }

    private void End(InstancesProtocol.End end)
    {
        var answer = new InstancesProtocol.Gone(end.Instance);
        if (_hosted.Values.FirstOrDefault(instance => instance.Id == end.Instance) is not { } hosted)
        {
            Sender.Tell(answer);
            return;
        }

        _ending.Add((answer, Sender));
        Context.Stop(hosted.Actor);
    }

    private void Ended(Terminated gone)
    {
        if (!_hosted.Remove(gone.ActorRef, out var instance)) return;

        foreach (long ticket in _orders.Where(order => gone.ActorRef.Equals(order.Value.Instance)).Select(order => order.Key).ToArray()) _orders.Remove(ticket);
        foreach (var (answer, asker) in _ending.Where(ending => ending.Answer.Instance == instance.Id)) asker.Tell(answer);
        _ending.RemoveAll(ending => ending.Answer.Instance == instance.Id);
    }

    /// <summary>An order to add.</summary>
    private sealed class Order(string model, IActorRef asker)
    {
        public string Model { get; } = model;

        public IActorRef Asker { get; set; } = asker;

        /// <summary>What came of it; null while it is made.</summary>
        public IActorRef? Instance { get; set; }
    }

    /// <summary>An instance was made, or could not be.</summary>
    private sealed record Made(long Ticket, MadeInstance? Instance, Exception? Problem);
}
