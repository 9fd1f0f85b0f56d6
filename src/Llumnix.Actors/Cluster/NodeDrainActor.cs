using Akka.Actor;
using Akka.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Llumnix.Actors.Cluster;

/// <summary>
/// Empties a node that leaves: has each of its instances move its requests to the others of its model, wherever they are, until none has
/// anything left. What it is told of others is asked again all the time, for nodes may come and go meanwhile. An instance whose model has
/// nobody else goes on serving, and its requests have until the node's end to finish.
/// </summary>
internal sealed class NodeDrainActor : ReceiveActor, IWithTimers
{
    private readonly IActorRef _instances;
    private readonly IActorRef _manager;
    private readonly TimeSpan _interval;
    private readonly AkkaCluster _cluster = AkkaCluster.Get(Context.System);
    private readonly Dictionary<InstanceId, MigrationProtocol.DrainAnswer> _answers = [];
    private readonly List<IActorRef> _waiting = [];
    private IReadOnlyList<InstancesProtocol.HostedInstance>? _hosted;
    private ManagerProtocol.InstanceActors? _known;

    public NodeDrainActor(IActorRef instances, IActorRef manager, TimeSpan interval)
    {
        _instances = instances;
        _manager = manager;
        _interval = interval;
        Receive<Begin>(_ => Start());
        Receive<AwaitEmpty>(_ =>
        {
            // Older answers are from when it still took requests.
            _answers.Clear();
            _waiting.Add(Sender);
            Start();
        });
        Receive<Tick>(_ => Ask());
        Receive<ManagerProtocol.InstanceActors>(known =>
        {
            _known = known;
            Order();
        });
        Receive<InstancesProtocol.Hosted>(hosted =>
        {
            _hosted = hosted.All;
            Order();
            TellIfEmpty();
        });
        Receive<MigrationProtocol.DrainAnswer>(answer =>
        {
            _answers[answer.Instance] = answer;
            TellIfEmpty();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="instances">Hosts the node's instances.</param>
    /// <param name="manager">The way to the global manager.</param>
    /// <param name="interval">How often orders are repeated.</param>
    public static Props Props(IActorRef instances, IActorRef manager, TimeSpan interval) =>
        Akka.Actor.Props.Create(() => new NodeDrainActor(instances, manager, interval));

    private void Start()
    {
        if (Timers.IsTimerActive(Tick.Instance)) return;

        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, _interval);
        Ask();
    }

    private void Ask()
    {
        _instances.Tell(InstancesProtocol.ListHosted.Instance);
        // Whoever answers: there may be no manager, and the gateways know the same.
        _manager.Tell(ManagerProtocol.ListActors.Instance);
        foreach (var member in _cluster.State.Members.Where(member => member.Status == MemberStatus.Up && member.HasRole(NodeRoles.Gateway)))
            Context.ActorSelection(new RootActorPath(member.Address) / GatewayActor.DispatcherPath).Tell(ManagerProtocol.ListActors.Instance);
    }

    private void Order()
    {
        if (_hosted is null || _known is not { } known) return;

        foreach (var own in _hosted)
        {
            int[] others =
            [
                .. Enumerable.Range(0, known.Actors.Length)
                    .Where(i => known.TakesRequests[i] && known.Models[i] == own.Model && _hosted.All(hosted => hosted.Id != known.Instances[i])),
            ];
            own.Actor.Tell(others.Length == 0
                ? MigrationProtocol.AskDrained.Instance
                : new MigrationProtocol.Drain(On: true, [.. others.Select(i => known.Instances[i])], [.. others.Select(i => known.Actors[i])], ToEnd: true));
        }
    }

    private void TellIfEmpty()
    {
        if (_hosted is null || _hosted.Any(own => !_answers.TryGetValue(own.Id, out var answer) || !answer.Settled)) return;

        foreach (var asker in _waiting) asker.Tell(Empty.Instance);
        _waiting.Clear();
    }

    /// <summary>Begin to move requests away, as far as there is anywhere to go.</summary>
    public sealed record Begin
    {
        public static Begin Instance { get; } = new();
    }

    /// <summary>The node's instances take no further requests; answer with <see cref="Empty"/> when nothing is left of those they had.</summary>
    public sealed record AwaitEmpty
    {
        public static AwaitEmpty Instance { get; } = new();
    }

    /// <summary>Nothing is left.</summary>
    public sealed record Empty
    {
        public static Empty Instance { get; } = new();
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }
}
