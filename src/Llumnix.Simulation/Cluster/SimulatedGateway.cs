using System.Globalization;
using System.Runtime.InteropServices;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Dispatch;
using Llumnix.Scheduling.Load;
using Llumnix.Simulation.Events;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Cluster;

/// <summary>One dispatcher: places the requests that come to it by what it sees, and again where they were refused.</summary>
internal sealed class SimulatedGateway : IEventHandler, ILoadListener
{
    private const int Submits = 0;
    private const int Retries = 1;
    private readonly SimulatedCluster _cluster;
    private readonly LoadView _view;
    private readonly IDispatchPolicy _policy;
    private readonly SimulationRandom _random;
    private readonly Queue<SimulatedRequest> _held = new();

    public SimulatedGateway(SimulatedCluster cluster, int index)
    {
        _cluster = cluster;
        var policy = cluster.Options.Policy;
        _view = new LoadView(index + 1, TimeSpan.MaxValue, policy.Headrooms) { CountsSent = cluster.Options.ViewOf(index).CountsSent };
        _policy = DispatchPolicies.Create(policy.Dispatch, policy.DispatchOptions);
        _random = new SimulationRandom(cluster.Options.Seed, string.Create(CultureInfo.InvariantCulture, $"dispatcher {index}"));
    }

    public void Take(LoadReport report)
    {
        _view.Apply(report, _cluster.Clock.Now);
        while (_held.TryPeek(out var request) && TryDispatch(request)) _held.Dequeue();
    }

    public void Forget(InstanceId instance) => _view.Remove(instance, long.MaxValue);

    /// <summary>Places a request, at once or as soon as the policy wants to.</summary>
    public void Dispatch(SimulatedRequest request)
    {
        if (_held.Count > 0 || !TryDispatch(request)) _held.Enqueue(request);
    }

    void IEventHandler.Handle(in SimulationEvent happened)
    {
        switch (happened.Kind)
        {
            case Submits:
                var (request, decision) = ((SimulatedRequest, DispatchDecision))happened.Payload!;
                Submit(request, decision);
                break;
            case Retries:
                Dispatch((SimulatedRequest)happened.Payload!);
                break;
            default:
                throw new InvalidOperationException($"A gateway knows no event {happened.Kind}.");
        }
    }

    private bool TryDispatch(SimulatedRequest request)
    {
        var decision = _view.Dispatch(
            _policy,
            new DispatchRequest(SimulatedCluster.Model, request.Served, request.InputTokens),
            CollectionsMarshal.AsSpan(request.Excluded),
            _random.NextUniform(),
            _cluster.Clock.Now);
        switch (decision.Outcome)
        {
            case DispatchOutcome.Chosen:
                _cluster.Clock.After(_cluster.Options.SubmitDelay, this, Submits, (request, decision));
                return true;
            case DispatchOutcome.HeldBack:
                return false;
            default:
                request.Excluded.Clear();
                _cluster.Clock.After(_cluster.Options.RetryAfter, this, Retries, request);
                return true;
        }
    }

    private void Submit(SimulatedRequest request, DispatchDecision decision)
    {
        var result = _cluster.FindInstance(decision.Instance).Submit(request, decision.Ticket);
        if (result is { IsAccepted: true }) return;
        if (result is { Refusal: not AdmissionRefusal.QueueFull } unservable)
        {
            _cluster.Refuse(request, unservable.ToString());
            return;
        }

        request.Excluded.Add(decision.Instance);
        _cluster.Clock.After(_cluster.Options.MessageDelay, this, Retries, request);
    }
}
