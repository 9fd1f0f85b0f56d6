using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Load;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Dispatch;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Actors.Dispatch;

/// <summary>
/// Places the requests of one gateway's node by what instances pushed to it and what it sent since, and tells the node's requests which
/// instances are lost.
/// </summary>
internal sealed class DispatcherActor : ReceiveActor, IWithTimers
{
    private readonly DispatcherSetup _setup;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly LoadView _view;
    private readonly IDispatchPolicy _policy;
    private readonly InstanceRegistry _registry;
    private readonly TimeSpan _checkInterval;
    private readonly Dictionary<InstanceId, Known> _instances = [];
    private readonly HeldRequests<Held> _held;
    private readonly Dictionary<string, int> _heldModels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _full = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReturnTimes> _returns = new(StringComparer.Ordinal);
    private readonly Dictionary<RequestId, Siblings> _siblings = [];
    private readonly List<InstanceId> _suspects = [];
    private readonly List<(IActorRef Asker, HashSet<InstanceId> Missing)> _awaiting = [];
    private readonly long _start;
    private TimeSpan _lastCheck;

    public DispatcherActor(DispatcherSetup setup)
    {
        _setup = setup;
        _start = setup.Time.GetTimestamp();
        _view = new LoadView(setup.Random.NextInt64(), setup.Load.SuspectAfter, setup.Headrooms);
        _policy = DispatchPolicies.Create(setup.Dispatch.Policy, new DispatchPolicyOptions { Spread = setup.Dispatch.Spread });
        _held = new HeldRequests<Held>(setup.Dispatch.MaxHeld, setup.QueueOrder);
        _registry = new InstanceRegistry(setup.Load.SuspectAfter, setup.Headrooms, setup.Time);
        _checkInterval = setup.Load.SuspectAfter / 10;
        Receive<DispatchProtocol.Place>(Place);
        Receive<DispatchProtocol.Withdraw>(withdrawn =>
        {
            Release(withdrawn.Request);
            PlaceHeld();
        });
        Receive<LoadProtocol.NodeReport>(Take);
        Receive<LoadProtocol.InstanceEnded>(ended => End(ended.Instance, ended.Incarnation));
        Receive<Terminated>(terminated => Lose(terminated.ActorRef));
        Receive<Check>(_ => CheckClocks());
        Receive<ManagerProtocol.ListInstances>(_ => Sender.Tell(new ManagerProtocol.Instances(_registry.List())));
        Receive<ManagerProtocol.ListActors>(_ => Sender.Tell(_registry.ListActors()));
        Receive<ManagerProtocol.MigrateSome>(order => _registry.Order(order, Sender));
        Receive<DispatchProtocol.ListInstances>(wanted => Sender.Tell(List(wanted.Model)));
        Receive<DispatchProtocol.AwaitInstances>(wanted =>
        {
            _awaiting.Add((Sender, [.. wanted.Instances.Where(instance => _view.Find(instance) is null)]));
            TellAwaiting();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => _setup.Time.GetElapsedTime(_start);

    public static Props Props(DispatcherSetup setup) => Akka.Actor.Props.Create(() => new DispatcherActor(setup));

    protected override void PreStart()
    {
        _lastCheck = Now;
        Timers.StartPeriodicTimer(Check.Instance, Check.Instance, _checkInterval);
    }

    private void Place(DispatchProtocol.Place place)
    {
        if (_held.TryGet(place.Request, out var waiting) && waiting.Place.Excluded.SequenceEqual(place.Excluded)) return;

        // Nobody overtakes those of its model that already wait.
        Release(place.Request);
        if (_heldModels.ContainsKey(place.Model) || !TryAnswer(place, Sender)) Hold(place, Sender);
    }

    /// <summary>Names an instance, or says that there is none; false where the policy would rather wait.</summary>
    private bool TryAnswer(DispatchProtocol.Place place, IActorRef entity)
    {
        var session = place.Request.Session;
        InstanceId? preferred = place.Choices > 1 && _siblings.TryGetValue(session, out var siblings) ? siblings.Instance : null;
        var request = new DispatchRequest(place.Model, place.Priority, place.Tokens, preferred);
        var decision = _view.Dispatch(_policy, request, place.Excluded.AsSpan(), _setup.Random.NextDouble(), Now);
        if (decision.Outcome == DispatchOutcome.HeldBack) return false;

        if (decision.Outcome != DispatchOutcome.Chosen)
        {
            entity.Tell(NotPlaced(place, decision.Outcome));
            return true;
        }

        if (place.Choices > 1) NoteSibling(session, decision.Instance, place.Choices);
        entity.Tell(new DispatchProtocol.Placed(place.Request, decision.Instance, decision.Ticket, _instances[decision.Instance].Actor));
        return true;
    }

    private void Hold(DispatchProtocol.Place place, IActorRef entity)
    {
        var queued = new QueuedRequest(place.Priority, place.Arrival, place.PromptTokens);
        if (!_held.TryAdd(place.Request, queued, new Held(place, entity), always: place.Tokens > place.PromptTokens))
        {
            entity.Tell(new DispatchProtocol.NotPlaced(
                place.Request,
                FailureKind.Overloaded,
                $"All instances of the model {place.Model} are busy, and {_held.Count} requests wait for them already (llumnix.dispatch.max-held).",
                TurnAway(place.Model),
                Final: true));
            return;
        }

        CollectionsMarshal.GetValueRefOrAddDefault(_heldModels, place.Model, out _)++;
        Context.Watch(entity);
        if (_heldModels[place.Model] > 1) PlaceHeld();
    }

    /// <summary>Places what was held back, as far as there is room now: of each model in order, up to the first that still has to wait.</summary>
    private void PlaceHeld()
    {
        if (_held.Count == 0) return;

        _full.Clear();
        while (_full.Count < _heldModels.Count)
        {
            var (place, entity) = _held.InOrder.First(held => !_full.Contains(held.Place.Model));
            if (TryAnswer(place, entity)) Release(place.Request);
            else _full.Add(place.Model);
        }
    }

    private void Release(RequestId request)
    {
        if (!_held.Remove(request, out var held)) return;

        Context.Unwatch(held.Entity);
        if (--CollectionsMarshal.GetValueRefOrNullRef(_heldModels, held.Place.Model) == 0) _heldModels.Remove(held.Place.Model);
    }

    private TimeSpan? TurnAway(string model) => _returns.TryGetValue(model, out var returns) ? returns.TurnAway(Now) : null;

    /// <summary>Remembers where a session's choices go until all were placed, so that they share their prompt's blocks.</summary>
    private void NoteSibling(RequestId session, InstanceId instance, int choices)
    {
        int left = (_siblings.TryGetValue(session, out var known) ? known.Left : choices) - 1;
        if (left > 0) _siblings[session] = new Siblings(instance, left, Now);
        else _siblings.Remove(session);
    }

    private DispatchProtocol.NotPlaced NotPlaced(DispatchProtocol.Place place, DispatchOutcome outcome) => outcome switch
    {
        DispatchOutcome.UnknownModel => new(place.Request, FailureKind.Unavailable, $"No instance of the model {place.Model} is there at present."),
        DispatchOutcome.NoneAvailable =>
            new(place.Request, FailureKind.Unavailable, $"No instance of the model {place.Model} can be reached at present."),
        DispatchOutcome.AllExcluded =>
            new(place.Request, FailureKind.Overloaded, $"No instance of the model {place.Model} took the request.", TurnAway(place.Model)),
        _ => throw new InvalidOperationException($"{outcome} is not a reason."),
    };

    private void Take(LoadProtocol.NodeReport report)
    {
        _registry.Take(report);
        foreach (var instance in report.Instances)
        {
            var verdict = _view.Apply(instance.Load, Now);
            var id = instance.Load.Instance;
            if (verdict == ReportVerdict.Fresh && _instances.TryGetValue(id, out var known))
            {
                CountEnded(instance.Load.Model, instance.EndedRequests - known.Ended);
                _instances[id] = known with { Ended = instance.EndedRequests };
            }

            if (verdict != ReportVerdict.Started) continue;

            if (_instances.Remove(id, out var before))
            {
                // Whatever ran there before its restart is gone.
                Context.Unwatch(before.Actor);
                TellLost(id, dead: true);
            }

            _instances[id] = new Known(instance.InstanceActor, instance.EndedRequests);
            Context.Watch(instance.InstanceActor);
            _log.Info("Instance {0} takes requests for {1}.", id, instance.Load.Model);
        }

        PlaceHeld();
        if (_awaiting.Count > 0) TellAwaiting();
        SettleReadiness();
    }

    private void CountEnded(string model, long count)
    {
        if (!_returns.TryGetValue(model, out var returns)) _returns.Add(model, returns = new ReturnTimes(Now));
        returns.Ended(count, Now);
    }

    private void Lose(IActorRef gone)
    {
        foreach (var (instance, known) in _instances)
        {
            if (!known.Actor.Equals(gone)) continue;
            End(instance, _view.Find(instance)?.Report.Incarnation ?? 0);
            return;
        }

        // An entity that ended without a word; what waits for it waits for nobody.
        foreach (var held in _held.InOrder.Where(held => held.Entity.Equals(gone)).ToArray()) Release(held.Place.Request);
        PlaceHeld();
    }

    private void End(InstanceId instance, long incarnation)
    {
        _registry.End(new LoadProtocol.InstanceEnded(instance, incarnation));
        if (!_view.Remove(instance, incarnation)) return;

        if (_instances.Remove(instance, out var known)) Context.Unwatch(known.Actor);
        // On a node that goes down they are ended in order, and so are their requests.
        if (!_setup.Readiness.Stopping) _log.Warning("Instance {0} is gone; its requests go on elsewhere.", instance);
        TellLost(instance, dead: true);
        SettleReadiness();
        PlaceHeld();
    }

    private void CheckClocks()
    {
        var now = Now;
        if (now - _lastCheck > _checkInterval + _setup.Load.LateTimer) _view.RestartClocks(now);
        _lastCheck = now;
        _suspects.Clear();
        _view.Check(now, _suspects);
        foreach (var suspect in _suspects)
        {
            _log.Warning("Instance {0} is suspected: nothing was heard of it for {1}.", suspect, _setup.Load.SuspectAfter);
            TellLost(suspect, dead: false);
        }

        foreach (var (session, siblings) in _siblings)
        {
            // Choices that were cancelled before they were placed are never counted.
            if (now - siblings.Since > _setup.Load.SuspectAfter) _siblings.Remove(session);
        }

        if (_suspects.Count > 0) SettleReadiness();
        // What was sent and lost stops counting without a report.
        PlaceHeld();
    }

    private void TellLost(InstanceId instance, bool dead) => _setup.Receiver.Tell(new RequestProtocol.InstanceLost(instance, dead));

    private void SettleReadiness() =>
        _setup.Readiness.InstancesAvailable = _view.Instances.Any(load => !load.Suspected && !load.Report.Terminating);

    private DispatchProtocol.Instances List(string model)
    {
        InstanceLoad[] there = [.. _view.Instances.Where(load => load.Report.Model == model)];
        return new DispatchProtocol.Instances(
            [.. there.Select(load => load.Report.Instance)],
            [.. there.Select(load => _instances[load.Report.Instance].Actor)],
            [.. there.Where(load => load.Suspected).Select(load => load.Report.Instance)]);
    }

    private void TellAwaiting()
    {
        foreach (var (_, missing) in _awaiting) missing.RemoveWhere(instance => _view.Find(instance) is not null);
        foreach (var (asker, missing) in _awaiting)
        {
            if (missing.Count == 0) asker.Tell(DispatchProtocol.InstancesKnown.Instance);
        }

        _awaiting.RemoveAll(waiting => waiting.Missing.Count == 0);
    }

    /// <summary>A live instance.</summary>
    /// <param name="Actor">Who takes requests.</param>
    /// <param name="Ended">Requests that ended there by its last report.</param>
    private readonly record struct Known(IActorRef Actor, long Ended);

    /// <summary>A request that the policy held back.</summary>
    private readonly record struct Held(DispatchProtocol.Place Place, IActorRef Entity);

    /// <summary>Where a session's first choices went.</summary>
    private readonly record struct Siblings(InstanceId Instance, int Left, TimeSpan Since);

    private sealed record Check
    {
        public static Check Instance { get; } = new();
    }
}
