using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Launching;
using Llumnix.Actors.Load;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Cluster;

/// <summary>
/// The cluster's one manager: knows every instance by its reports, has requests moved from those that are short of memory to those that
/// have some, answers operators, passes their orders on, and has instances started and ended. It owns nothing that it does not hear again
/// within a heartbeat, and no request waits for it.
/// </summary>
internal sealed class GlobalManagerActor : ReceiveActor, IWithTimers
{
    /// <summary>Of its singleton's manager on every node with the role.</summary>
    public const string Name = "manager";

    private const string NoPolicy = "none";

    private readonly RebalanceOptions _options;
    private readonly ScalingSetup? _scaling;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly InstanceRegistry _registry;
    private readonly IRebalancePolicy _policy;
    private readonly OrdersInFlight _inFlight;
    private readonly List<MoveOrder> _orders = [];
    private readonly TimeProvider _time;
    private readonly long _start;

    public GlobalManagerActor(LoadReportOptions load, RebalanceOptions rebalance, Headrooms headrooms, TimeProvider time, ScalingSetup? scaling)
    {
        _options = rebalance;
        _scaling = scaling;
        _registry = new InstanceRegistry(load.SuspectAfter, headrooms, time);
        _policy = RebalancePolicies.Create(rebalance.Policy, rebalance.Parameters with { Headrooms = headrooms });
        _inFlight = new OrdersInFlight(load.SuspectAfter);
        _time = time;
        _start = time.GetTimestamp();
        Receive<LoadProtocol.NodeReport>(Take);
        Receive<LoadProtocol.InstanceEnded>(ended =>
        {
            _registry.End(ended);
            _inFlight.Ended(ended.Instance);
        });
        Receive<ManagerProtocol.ListInstances>(_ => Sender.Tell(new ManagerProtocol.Instances(_registry.List())));
        Receive<ManagerProtocol.ListActors>(_ => Sender.Tell(_registry.ListActors()));
        Receive<ManagerProtocol.MigrateSome>(order => _registry.Order(order, Sender));
        Receive<MigrationProtocol.MigrateSomeAnswer>(Take);
        Receive<Round>(_ => Rebalance());
        Receive<ScalingActor.ListKnown>(question => Sender.Tell(new ScalingActor.Known(_registry.ListKnown(question.Silence))));
        Receive<ScalingProtocol.Describe>(DescribeScaling);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="load">How silence is judged.</param>
    /// <param name="rebalance">Which requests are moved.</param>
    /// <param name="headrooms">By priority class.</param>
    /// <param name="time">The clock.</param>
    /// <param name="scaling">How instances are started and ended; null leaves them as they are.</param>
    public static Props Props(LoadReportOptions load, RebalanceOptions rebalance, Headrooms headrooms, TimeProvider time, ScalingSetup? scaling = null) =>
        Akka.Actor.Props.Create(() => new GlobalManagerActor(load, rebalance, headrooms, time, scaling));

    protected override void PreStart()
    {
        if (_options.Policy != NoPolicy) Timers.StartPeriodicTimer(Round.Instance, Round.Instance, _options.Interval);
        if (_scaling is not null) Context.ActorOf(ScalingActor.Props(_scaling), ScalingActor.Name);
    }

    private void DescribeScaling(ScalingProtocol.Describe question)
    {
        var scaling = Context.Child(ScalingActor.Name);
        if (scaling.IsNobody()) Sender.Tell(new ScalingProtocol.Scaling(new ScalingStatus(Launchers.None, Launchers.None, [])));
        else scaling.Forward(question);
    }

    private void Take(LoadProtocol.NodeReport report)
    {
        _registry.Take(report);
        foreach (var instance in report.Instances) _inFlight.Reported(instance.Load);
    }

    private void Take(MigrationProtocol.MigrateSomeAnswer answer)
    {
        _inFlight.Answered(answer.From, answer.To, answer.Begun.Length, answer.LastReport);
        _log.Debug("{0} began to move {1} requests to {2}. {3}", answer.From, answer.Begun.Length, answer.To, answer.Problem);
    }

    private void Rebalance()
    {
        var now = _time.GetElapsedTime(_start);
        _inFlight.Expire(now);
        foreach (var alike in _registry.ListAlike())
        {
            _orders.Clear();
            _policy.Pair(_inFlight.View(alike), _orders);
            if (_orders.Count == 0) continue;

            var incarnations = alike.ToDictionary(report => report.Instance, report => report.Incarnation);
            foreach (var order in _orders)
            {
                _inFlight.Ordered(order, incarnations[order.From], now);
                _registry.Order(new ManagerProtocol.MigrateSome(order.From, order.To, order.Limits), Self);
            }
        }
    }

    /// <summary>It is time to pair instances.</summary>
    internal sealed record Round
    {
        public static Round Instance { get; } = new();
    }
}
