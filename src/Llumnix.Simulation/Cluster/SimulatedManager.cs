using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Rebalance;
using Llumnix.Scheduling.Scaling;
using Llumnix.Simulation.Events;

namespace Llumnix.Simulation.Cluster;

/// <summary>The global manager: pairs instances that are to hand requests over, and adds and drains instances, by what it sees.</summary>
internal sealed class SimulatedManager : IEventHandler, ILoadListener
{
    private const int Rebalances = 0;
    private const int Scales = 1;
    private const int OrderArrives = 2;
    private const int InstanceStarts = 3;
    private readonly SimulatedCluster _cluster;
    private readonly ClusterPolicy _policy;
    private readonly IRebalancePolicy _rebalance;
    private readonly IScalingPolicy _scaling;
    private readonly SortedDictionary<InstanceId, LoadReport> _reports = [];
    private readonly List<MoveOrder> _orders = [];
    private RebalanceInstance[] _snapshot = [];
    private ScalingState _scalingState = ScalingState.Initial;

    public SimulatedManager(SimulatedCluster cluster)
    {
        _cluster = cluster;
        _policy = cluster.Options.Policy;
        _rebalance = RebalancePolicies.Create(_policy.Rebalance, _policy.RebalanceOptions with { Headrooms = _policy.Headrooms });
        _scaling = ScalingPolicies.Create(_policy.Scaling, _policy.ScalingOptions);
        if (_rebalance is not NoRebalance) cluster.Clock.After(_policy.RebalanceInterval, this, Rebalances);
        if (_scaling is not NoScaling) cluster.Clock.After(_policy.ScalingInterval, this, Scales);
    }

    /// <summary>Instances asked for that do not run yet.</summary>
    public int Starting { get; private set; }

    public void Take(LoadReport report) => _reports[report.Instance] = report;

    public void Forget(InstanceId instance) => _reports.Remove(instance);

    void IEventHandler.Handle(in SimulationEvent happened)
    {
        switch (happened.Kind)
        {
            case Rebalances:
                Rebalance();
                if (_cluster.Remaining > 0) _cluster.Clock.After(_policy.RebalanceInterval, this, Rebalances);
                break;
            case Scales:
                Scale(happened.At);
                if (_cluster.Remaining > 0) _cluster.Clock.After(_policy.ScalingInterval, this, Scales);
                break;
            case OrderArrives:
                var order = (MoveOrder)happened.Payload!;
                var from = _cluster.FindInstance(order.From);
                var to = _cluster.FindInstance(order.To);
                from.OrderedOut--;
                to.OrderedIn--;
                from.Move(to, order.Limits);
                break;
            case InstanceStarts:
                Starting--;
                _cluster.AddInstance(askedFor: happened.At - _cluster.Options.StartTime);
                break;
            default:
                throw new InvalidOperationException($"The manager knows no event {happened.Kind}.");
        }
    }

    private void Rebalance()
    {
        if (_snapshot.Length < _reports.Count) _snapshot = new RebalanceInstance[_reports.Count * 2];
        int count = 0;
        foreach (var report in _reports.Values)
        {
            var instance = _cluster.FindInstance(report.Instance);
            _snapshot[count++] = new RebalanceInstance(
                report, instance.MigrationsOut + instance.OrderedOut, instance.MovingIn + instance.OrderedIn);
        }

        _orders.Clear();
        _rebalance.Pair(_snapshot.AsSpan(0, count), _orders);
        foreach (var order in _orders)
        {
            _cluster.FindInstance(order.From).OrderedOut++;
            _cluster.FindInstance(order.To).OrderedIn++;
            _cluster.Clock.After(_cluster.Options.MessageDelay, this, OrderArrives, order);
        }
    }

    private void Scale(TimeSpan now)
    {
        var (state, decision, _) = _scaling.Decide(_scalingState, new ScalingView([.. _reports.Values], Starting), now);
        _scalingState = state;
        switch (decision)
        {
            case ScalingDecision.Add:
                Starting++;
                _cluster.Clock.After(_cluster.Options.StartTime, this, InstanceStarts);
                break;
            case ScalingDecision.Drain drain:
                _cluster.FindInstance(drain.Instance).Terminate();
                break;
            default:
                break;
        }
    }
}
