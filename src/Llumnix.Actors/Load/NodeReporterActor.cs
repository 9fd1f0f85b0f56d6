using Akka.Actor;
using Akka.Cluster;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Llumnix.Actors.Load;

/// <summary>
/// Tells every gateway's dispatcher, and the global manager, how a node's instances are: all in one message, on change at most every
/// <c>report-interval</c>, without change every <c>heartbeat-interval</c>. It runs on a thread of its own, so that a busy engine still
/// speaks.
/// </summary>
internal sealed class NodeReporterActor : ReceiveActor, IWithTimers
{
    /// <summary>Its dispatcher in <c>hocon/</c>.</summary>
    public const string Dispatcher = "akka.actor.report-dispatcher";

    private readonly LoadReportOptions _options;
    private readonly TimeProvider _time;
    private readonly IActorRef _manager;
    private readonly AkkaCluster _cluster = AkkaCluster.Get(Context.System);
    private readonly Dictionary<InstanceId, LoadProtocol.InstanceReport> _reports = [];
    private readonly Dictionary<UniqueAddress, ActorSelection> _dispatchers = [];
    private long _lastSent;
    private bool _due;

    public NodeReporterActor(LoadReportOptions options, TimeProvider time, IActorRef manager)
    {
        _options = options;
        _time = time;
        _manager = manager;
        Receive<LoadProtocol.InstanceReport>(Take);
        Receive<LoadProtocol.InstanceEnded>(End);
        Receive<Terminated>(terminated =>
        {
            var report = _reports.Values.FirstOrDefault(report => report.InstanceActor.Equals(terminated.ActorRef));
            if (report is not null) End(new LoadProtocol.InstanceEnded(report.Load.Instance, report.Load.Incarnation));
        });
        Receive<Send>(_ => SendReport());
        Receive<ClusterEvent.MemberUp>(up =>
        {
            if (!up.Member.HasRole(NodeRoles.Gateway)) return;
            _dispatchers[up.Member.UniqueAddress] = Context.ActorSelection(new RootActorPath(up.Member.Address) / GatewayActor.DispatcherPath);
            SendReport();
        });
        Receive<ClusterEvent.MemberRemoved>(removed => _dispatchers.Remove(removed.Member.UniqueAddress));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="options">Its intervals.</param>
    /// <param name="time">The clock.</param>
    /// <param name="manager">The way to the global manager, wherever it is.</param>
    public static Props Props(LoadReportOptions options, TimeProvider time, IActorRef manager) =>
        Akka.Actor.Props.Create(() => new NodeReporterActor(options, time, manager)).WithDispatcher(Dispatcher);

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        SendReport();
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Take(LoadProtocol.InstanceReport report)
    {
        if (!_reports.ContainsKey(report.Load.Instance)) Context.Watch(report.InstanceActor);
        _reports[report.Load.Instance] = report;
        if (_due) return;

        var sinceLast = _time.GetElapsedTime(_lastSent);
        if (sinceLast >= _options.ReportInterval)
        {
            SendReport();
            return;
        }

        _due = true;
        Timers.StartSingleTimer(Send.Instance, Send.Instance, _options.ReportInterval - sinceLast);
    }

    private void End(LoadProtocol.InstanceEnded ended)
    {
        if (!_reports.TryGetValue(ended.Instance, out var known) || known.Load.Incarnation != ended.Incarnation) return;

        _reports.Remove(ended.Instance);
        Tell(ended);
    }

    private void SendReport()
    {
        _due = false;
        _lastSent = _time.GetTimestamp();
        Timers.StartSingleTimer(Send.Instance, Send.Instance, _options.HeartbeatInterval);
        if (_reports.Count > 0) Tell(new LoadProtocol.NodeReport([.. _reports.Values]));
    }

    private void Tell(object message)
    {
        foreach (var dispatcher in _dispatchers.Values) dispatcher.Tell(message);
        _manager.Tell(message);
    }

    private sealed record Send
    {
        public static Send Instance { get; } = new();
    }
}
