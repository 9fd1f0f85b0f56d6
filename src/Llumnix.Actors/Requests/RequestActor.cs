using Akka.Actor;
using Akka.Cluster.Sharding;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Metrics;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Recovery;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Requests;

/// <summary>
/// One request, from its session's word to its last token, wherever it runs: keeps prompt, parameters and tokens, and does what its
/// <see cref="RequestState"/> decides. It lives beside its session, and leaves when that is gone and no instance that can be reached holds
/// anything of it.
/// </summary>
internal sealed class RequestActor : ReceiveActor, IWithTimers
{
    private readonly RequestId _id;
    private readonly RequestSetup _setup;
    private readonly Dictionary<InstanceId, IActorRef> _instances = [];
    private readonly List<int> _tokens = [];
    private readonly List<TokenLogprobs?> _logprobs = [];
    private readonly List<Epoch> _moves = [];
    private readonly Dictionary<InstanceId, InstanceProtocol.Holds> _found = [];
    private readonly Dictionary<Epoch, TimeSpan> _downtimes = [];
    private readonly int _acknowledgeEvery;
    private RequestProtocol.Start? _start;
    private RequestMetrics? _metrics;
    private long _startedAt;
    private RequestState _state = RequestState.Create();
    private RequestRecovery? _recovery;
    private IActorRef _session = ActorRefs.Nobody;
    private DispatchTicket _ticket;
    private InstanceId? _speaker;
    private int _acknowledged;
    private int _recoveries;
    private TimeSpan? _retryAfter;
    private bool _retrying;
    private bool _sessionGone;

    public RequestActor(string entityId, RequestSetup setup)
    {
        _setup = setup;
        // Half of what may be unacknowledged is a reserve for the way there and back.
        _acknowledgeEvery = Math.Max(1, setup.Delivery.MaxUnacked / 4);
        Receive<RequestProtocol.TouchSlot>(touch =>
        {
            Sender.Tell(new RequestProtocol.SlotTouched(touch.Slot));
            Leave();
        });
        if (!RequestId.TryParse(entityId, out _id)) return;

        Receive<RequestProtocol.Tokens>(TakeTokens);
        Receive<RequestProtocol.Start>(Start);
        Receive<DispatchProtocol.Placed>(placed =>
        {
            _instances[placed.Instance] = placed.InstanceActor;
            _ticket = placed.Ticket;
            Handle(new RequestEvent.Placed(placed.Instance));
        });
        Receive<DispatchProtocol.NotPlaced>(none =>
        {
            _retryAfter = none.RetryAfter;
            Handle(new RequestEvent.NotPlaced(none.Kind, none.Sentence, none.Final));
        });
        Receive<InstanceProtocol.SubmitAccepted>(accepted => Handle(new RequestEvent.Accepted(accepted.Instance, accepted.Epoch)));
        Receive<InstanceProtocol.SubmitRefused>(refused =>
            Handle(new RequestEvent.Refused(refused.Instance, refused.Epoch, ReasonOf(refused.Reason), refused.Sentence)));
        Receive<InstanceProtocol.NotHere>(notHere => Handle(new RequestEvent.NotHere(notHere.Instance, notHere.Epoch)));
        Receive<InstanceProtocol.MovedOn>(moved =>
        {
            _instances[moved.To] = moved.ToActor;
            if (Recovers) Recover(new RecoveryEvent.MovedOn(moved.Instance, moved.Epoch, moved.To));
            else Handle(new RequestEvent.MovedOn(moved.Instance, moved.Epoch, moved.To, moved.Moved));
        });
        Receive<DispatchProtocol.Instances>(BeginRecovery);
        Receive<InstanceProtocol.Holds>(Found);
        Receive<InstanceProtocol.HoldsNot>(none => Recover(new RecoveryEvent.HoldsNot(none.Instance, none.Newest)));
        Receive<InstanceProtocol.Differs>(other => Recover(new RecoveryEvent.Differs(other.Instance)));
        Receive<InstanceProtocol.Stopped>(stopped => Handle(new RequestEvent.Stopped(stopped.Instance, stopped.Epoch)));
        Receive<MigrationProtocol.MayMove>(move =>
        {
            _instances[move.To] = move.ToActor;
            Handle(new RequestEvent.MayMove(move.From, move.Epoch, move.To, move.Attempt));
        });
        Receive<MigrationProtocol.Joined>(joined =>
        {
            // It may come before the first frame of the destination, or after.
            if (_downtimes.TryAdd(joined.Granted, joined.Downtime) && _moves.Contains(joined.Granted)) TellTravelled();
        });
        Receive<MigrationProtocol.MoveAborted>(aborted => Handle(new RequestEvent.MoveAborted(aborted.Granted)));
        Receive<MigrationProtocol.MoveUndecided>(undecided =>
        {
            // No dispatcher chose this placement.
            _ticket = default;
            Handle(new RequestEvent.MoveUndecided(undecided.From, undecided.Epoch));
        });
        Receive<RequestProtocol.InstanceLost>(lost =>
        {
            if (Recovers) Recover(new RecoveryEvent.InstanceLost(lost.Instance, lost.Dead));
            else Handle(new RequestEvent.InstanceLost(lost.Instance, lost.Dead));
        });
        Receive<RequestProtocol.Silent>(_ => Handle(RequestEvent.Silent.Instance));
        Receive<RequestProtocol.Stalled>(_ => Handle(RequestEvent.Stall.Instance));
        Receive<RequestProtocol.Flowing>(_ => Handle(RequestEvent.Flow.Instance));
        Receive<RequestProtocol.Cancel>(_ => Cancel());
        Receive<RequestProtocol.Replay>(_ => Replay());
        Receive<RequestProtocol.Describe>(_ => Describe());
        Receive<Retry>(_ =>
        {
            if (Recovers) Recover(RecoveryEvent.Retry.Instance);
            else Handle(RequestEvent.Retry.Instance);
        });
        Receive<Terminated>(_ =>
        {
            _sessionGone = true;
            Cancel();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Whether the instances are being asked for a request that is taken over.</summary>
    private bool Recovers => _recovery is { Phase: RecoveryPhase.Asking };

    public static Props Props(string entityId, RequestSetup setup) => Akka.Actor.Props.Create(() => new RequestActor(entityId, setup));

    /// <summary>What it knew is gone, so it is of no more use; its session sees that it stops.</summary>
    protected override void PostRestart(Exception reason) => Context.Stop(Self);

    private void Start(RequestProtocol.Start start)
    {
        if (_start is not null) return;

        _start = start;
        _metrics = _setup.Metrics.OfModel(start.Model);
        _startedAt = _setup.Time.GetTimestamp();
        _session = start.Session;
        Context.Watch(_session);
        _session.Tell(new RequestProtocol.Started(_id.ChoiceIndex));
        _setup.Receiver.Tell(new DeliveryProtocol.Register(_id, start.Model));
        if (start.TakeOverFrom is null) Handle(RequestEvent.Begin.Instance);
        else _setup.Dispatcher.Tell(new DispatchProtocol.ListInstances(start.Model));
    }

    private void BeginRecovery(DispatchProtocol.Instances there)
    {
        // It may have been cancelled meanwhile.
        if (_recovery is not null || !_state.IsLive) return;

        for (int i = 0; i < there.Ids.Length; i++) _instances[there.Ids[i]] = there.Actors[i];
        Perform(RequestRecovery.Start(_setup.NodeUid, there.Ids, there.Suspected));
    }

    private void Found(InstanceProtocol.Holds found)
    {
        _found[found.Instance] = found;
        Recover(new RecoveryEvent.Holds(found.Instance, found.Epoch, found.Output.Length, found.Finish));
    }

    private void Recover(RecoveryEvent happened)
    {
        if (Recovers) Perform(_recovery!.Handle(happened));
    }

    private void Cancel()
    {
        // Decided now, so that what is known of is told to stop.
        Recover(RecoveryEvent.Cancel.Instance);
        Handle(RequestEvent.Cancel.Instance);
    }

    private void Perform(RecoveryTransition transition)
    {
        _recovery = transition.State;
        foreach (var effect in transition.Effects)
        {
            switch (effect)
            {
                case RecoveryEffect.Ask ask:
                    Tell(ask.Instance, new InstanceProtocol.WhoHas(
                        _id, RequestFingerprint.Of(_start!.Prompt, _start.Sampling), _start.TakeOverFrom!.Value, _start.Sampling.Logprobs is not null));
                    break;
                case RecoveryEffect.Adopt adopt:
                    Adopt(adopt);
                    break;
                case RecoveryEffect.GenerateAgain again:
                    _session.Tell(new SessionProtocol.TakenOver(_id.ChoiceIndex, Found: false));
                    Take(RequestState.TakeOver(again.Epoch, 0, at: null, FinishReason.None, again.Others));
                    break;
                case RecoveryEffect.Refuse:
                    _session.Tell(new SessionProtocol.Failed(
                        _id.ChoiceIndex, GenerationError.Invalid, $"The request {_id.Session} has another prompt or other parameters than the body says."));
                    Handle(RequestEvent.Cancel.Instance);
                    break;
                default:
                    throw new InvalidOperationException($"{effect.GetType().Name} is not an effect of a recovery.");
            }
        }

        SettleRetry();
    }

    /// <summary>Goes on with a sequence where it is; the client gets what of it it lacks.</summary>
    private void Adopt(RecoveryEffect.Adopt adopt)
    {
        var found = _found[adopt.At];
        _found.Clear();
        _tokens.AddRange(found.Output);
        if (found.Logprobs is not null)
        {
            _logprobs.AddRange(new TokenLogprobs?[found.Output.Length - found.Logprobs.Length]);
            _logprobs.AddRange(found.Logprobs);
        }

        _session.Tell(new SessionProtocol.TakenOver(_id.ChoiceIndex, Found: true));
        _session.Tell(new SessionProtocol.Deliver(_id.ChoiceIndex, 0, found.Output, _logprobs.ToArray(), adopt.Finish));
        Take(RequestState.TakeOver(adopt.Epoch, adopt.Tokens, adopt.At, adopt.Finish, adopt.Others), delivers: true);
    }

    private void TakeTokens(RequestProtocol.Tokens arrived)
    {
        var frame = arrived.Frame;
        ref readonly var entry = ref frame.Entries[arrived.Entry];
        Handle(new RequestEvent.Tokens(frame.Instance, entry.Epoch, entry.FirstIndex, entry.Count, entry.Finish), arrived);
    }

    private void Handle(RequestEvent happened, RequestProtocol.Tokens? arrived = null)
    {
        // Before it is known how a request that is taken over goes on, it can only be cancelled.
        bool begun = _start is not null && (_start.TakeOverFrom is null || _recovery is { Phase: RecoveryPhase.Decided });
        if (begun || (_start is not null && happened is RequestEvent.Cancel)) Take(_state.Handle(happened), arrived);
    }

    private void Take(RequestTransition transition, RequestProtocol.Tokens? arrived = null, bool delivers = false)
    {
        bool ran = _state.Step == PlacementStep.Accepted;
        bool asked = _state.Step == PlacementStep.Asked;
        _state = transition.State;
        foreach (var effect in transition.Effects)
        {
            if (effect is RequestEffect.Deliver deliver)
            {
                Deliver(deliver, arrived!);
                delivers = true;
            }
            else
            {
                Perform(effect, delivers);
                if (ran && effect is RequestEffect.Place) CountRecovery();
            }
        }

        // It may be waiting there for room.
        if (asked && _state.IsDone) _setup.Dispatcher.Tell(new DispatchProtocol.Withdraw(_id));
        SettleRetry();
        if (_sessionGone && _state.IsDone) Leave();
    }

    private void Perform(RequestEffect effect, bool delivers)
    {
        switch (effect)
        {
            case RequestEffect.Acknowledge acknowledge:
                Acknowledge(acknowledge, delivers);
                break;
            case RequestEffect.Place place:
                _setup.Dispatcher.Tell(new DispatchProtocol.Place(
                    _id,
                    _start!.Model,
                    _start.Priority,
                    _start.Prompt.Length + _tokens.Count,
                    _start.Prompt.Length,
                    _start.Arrival,
                    _start.Choices,
                    [.. place.Excluding]));
                break;
            case RequestEffect.Submit submit:
                Submit(submit);
                break;
            case RequestEffect.Stop stop:
                Tell(stop.Instance, new InstanceProtocol.Stop(_id, stop.Epoch));
                break;
            case RequestEffect.Resend resend:
                Tell(resend.Instance, new InstanceProtocol.Resend(_id, resend.Epoch, resend.From));
                break;
            case RequestEffect.GrantMove grant:
                Tell(grant.From, new MigrationProtocol.MoveGranted(_id, grant.To, grant.Granted));
                break;
            case RequestEffect.DenyMove deny:
                Tell(deny.From, new MigrationProtocol.MoveDenied(_id, deny.To));
                break;
            case RequestEffect.Moved moved:
                _setup.Receiver.Tell(new DeliveryProtocol.Follow(_id, _state.Epoch, _instances[moved.To], _acknowledged));
                // One that moves before its first token is told of, too.
                _speaker ??= moved.From;
                Follow(moved.To);
                _moves.Add(_state.Epoch);
                TellTravelled();
                break;
            case RequestEffect.End end:
                End(end, delivers);
                break;
            default:
                throw new InvalidOperationException($"{effect.GetType().Name} is not an effect this entity asked for.");
        }
    }

    private void Tell(InstanceId id, object message)
    {
        if (_instances.TryGetValue(id, out var instance)) instance.Tell(message);
    }

    private void Submit(RequestEffect.Submit submit)
    {
        var instance = _instances[submit.Instance];
        _acknowledged = submit.NextIndex;
        _setup.Receiver.Tell(new DeliveryProtocol.Follow(_id, submit.Epoch, instance, submit.NextIndex));
        instance.Tell(new InstanceProtocol.Submit(
            _id, submit.Epoch, _start!.Prompt, [.. _tokens], _start.Sampling, _start.Priority, _start.Arrival, _ticket, _setup.Receiver));
    }

    private void Deliver(RequestEffect.Deliver deliver, RequestProtocol.Tokens arrived)
    {
        var frame = arrived.Frame;
        int offset = frame.Entries[arrived.Entry].Offset + deliver.Skip;
        var tokens = frame.Tokens.AsMemory(offset, deliver.Count);
        var logprobs = frame.Logprobs is null ? default : frame.Logprobs.AsMemory(offset, deliver.Count);
        if (_tokens.Count == 0) _metrics!.FirstToken.Observe(_setup.Time.GetElapsedTime(_startedAt));
        _tokens.AddRange(tokens.Span);
        if (_start!.Sampling.Logprobs is not null) _logprobs.AddRange(logprobs.Span);
        Follow(frame.Instance);
        _session.Tell(new SessionProtocol.Deliver(
            _id.ChoiceIndex, deliver.FirstIndex, tokens, logprobs, _state.Phase == RequestPhase.Finished ? _state.Inbound.Finish : FinishReason.None));
    }

    /// <summary>Notes who speaks for the request, and tells the client where that changes.</summary>
    private void Follow(InstanceId speaker)
    {
        if (_speaker == speaker) return;
        if (_speaker is { } before) _session.Tell(new SessionProtocol.Moved(_id.ChoiceIndex, before, speaker));
        _speaker = speaker;
    }

    private void CountRecovery()
    {
        _recoveries++;
        _metrics!.Recover();
        TellTravelled();
    }

    private void TellTravelled() => _session.Tell(new SessionProtocol.Travelled(
        _id.ChoiceIndex,
        new RequestMoves([.. _moves.Select(epoch => _downtimes.TryGetValue(epoch, out var downtime) ? downtime : (TimeSpan?)null)], _recoveries)));

    /// <summary>Acknowledges progress now and then, and everything else, such as a doubled frame or the end, at once.</summary>
    private void Acknowledge(RequestEffect.Acknowledge acknowledge, bool delivers)
    {
        if (delivers && !acknowledge.Ended && acknowledge.NextIndex - _acknowledged < _acknowledgeEvery) return;

        _acknowledged = acknowledge.NextIndex;
        _setup.Receiver.Tell(new DeliveryProtocol.Acknowledge(_id, acknowledge.Epoch, acknowledge.NextIndex, acknowledge.Ended));
    }

    private void End(RequestEffect.End end, bool delivers)
    {
        _metrics!.End(end.Reason, _setup.Time.GetElapsedTime(_startedAt));
        if (end.Failure is { } failure)
            _session.Tell(new SessionProtocol.Failed(_id.ChoiceIndex, ErrorOf(failure.Kind), failure.Sentence, _retryAfter));
        else if (end.Reason != FinishReason.Cancelled && !delivers)
            _session.Tell(new SessionProtocol.Deliver(_id.ChoiceIndex, _tokens.Count, default, default, end.Reason));
    }

    private void Replay()
    {
        _session.Tell(new SessionProtocol.Deliver(
            _id.ChoiceIndex,
            0,
            _tokens.ToArray(),
            _logprobs.ToArray(),
            _state.Phase == RequestPhase.Finished ? _state.Inbound.Finish : FinishReason.None));
    }

    private void Describe() => Sender.Tell(new RequestStatus(
        _id,
        _start?.Model ?? "",
        _state.Phase.ToString().ToLowerInvariant(),
        _state.Instance,
        _state.Epoch,
        _start?.Priority ?? default,
        _start?.Prompt.Length ?? 0,
        _tokens.Count,
        _start?.Sampling.MaxTokens ?? 0)
    {
        Migrations = _moves.Count,
        Recoveries = _recoveries,
    });

    private void SettleRetry()
    {
        bool needed = Recovers || (_state.NeedsRetry && (_start!.TakeOverFrom is null || _recovery is not null));
        if (needed == _retrying) return;

        _retrying = needed;
        if (needed) Timers.StartPeriodicTimer(Retry.Instance, Retry.Instance, _setup.Delivery.RetryInterval);
        else Timers.Cancel(Retry.Instance);
    }

    private void Leave()
    {
        _setup.Receiver.Tell(new DeliveryProtocol.Unfollow(_id));
        Context.Parent.Tell(new Passivate(PoisonPill.Instance));
    }

    private static PlacementRefusal ReasonOf(SubmitRefusal refusal) => refusal switch
    {
        SubmitRefusal.QueueFull => PlacementRefusal.QueueFull,
        SubmitRefusal.Unservable => PlacementRefusal.TooLarge,
        SubmitRefusal.Terminating => PlacementRefusal.Terminating,
        SubmitRefusal.Stale => PlacementRefusal.Superseded,
        _ => throw new InvalidOperationException($"{refusal} is not a refusal."),
    };

    private static GenerationError ErrorOf(FailureKind kind) => kind switch
    {
        FailureKind.Unservable => GenerationError.Invalid,
        FailureKind.Overloaded => GenerationError.Overloaded,
        FailureKind.UnknownModel => GenerationError.UnknownModel,
        FailureKind.Unavailable => GenerationError.Unavailable,
        FailureKind.Superseded or FailureKind.Internal => GenerationError.Internal,
        _ => throw new InvalidOperationException($"{kind} is not a failure."),
    };

    private sealed record Retry
    {
        public static Retry Instance { get; } = new();
    }
}
