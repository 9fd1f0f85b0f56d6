using System.Collections.Immutable;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Delivery;

/// <summary>
/// One request's life as its entity keeps it: where it runs, which epoch may speak, what was delivered, whom still to stop. Pure: the
/// entity hands in what happens and performs the effects.
/// </summary>
/// <remarks>
/// <para>
/// "Live" is Waiting, Running or Migrating; "current" means the instance and epoch of the current placement. A placement gets a new epoch
/// when the one before is given up, not when the next is found, so nothing late can speak in between.
/// </para>
/// <code>
/// event        | in                     | leads to   | effects
/// -------------+------------------------+------------+---------------------------------------------------------------
/// (taken over) |                        | Waiting    | Stop the other instances; Submit where the sequence is, else Place
///              | ... ended there        | Finished   | Stop the other instances, End
/// Begin        | Waiting, at its start  | Waiting    | Place
/// Placed       | Waiting, asked         | Waiting    | Submit
/// NotPlaced    | Waiting, asked         | Waiting    | none; Place at the next Retry, at most PlacementTries times
///              | ... final, tries spent |            |
///              |   or all refused       | Failed     | End (the refusals' reason where there were any)
/// Accepted     | live, current          | same       | none
///              | any, not current       | same       | Stop
/// Refused      | live, current          | Waiting    | Place excluding all that refused; new epoch
///              | ... superseded         | Failed     | End
/// NotHere      | live, current          | Waiting    | Place; new epoch
///              | Migrating, destination | Waiting    | Stop the destination, Place; new epoch
/// MovedOn      | Migrating, that grant  | Migrating  | Resend by the destination: its first word is late or lost
///              | live, current          | Waiting    | Stop where it went, Place; new epoch: the grant was void
/// Tokens       | live, new              | Running    | Deliver, Acknowledge (unless stalled)
///              | ... from a granted move| Running    | Moved, Deliver, Acknowledge
///              | ... with the end       | Finished   | Deliver, Acknowledge even if stalled, End
///              | ... with its failure   | Failed     | Deliver, Acknowledge even if stalled, End
///              | live, known            | same       | Acknowledge (unless stalled)
///              | live, gap              | same       | Resend
///              | Finished, known        | Finished   | Acknowledge
///              | any, superseded        | same       | Stop
/// Silent       | live, accepted         | same       | Resend (unless stalled: to ask for tokens acknowledges those before)
/// InstanceLost | live, current          | Waiting    | Stop unless dead, Place excluding it; new epoch
///              | Migrating, destination | Running    | Stop unless dead; the grant is void
///              | any, a stop is pending | same       | none; nobody waits for that stop any more
/// Retry        | Waiting, asked/deferred| Waiting    | Place
///              | live, submitted        | same       | Submit
///              | any, stops pending     | same       | Stop each; nobody waits any more for one repeated StopTries times
/// Cancel       | live                   | Cancelled  | Stop the current placement and a granted move's, End
/// Stall / Flow | live                   | same       | none / Acknowledge
/// MayMove      | accepted, current      | Migrating  | GrantMove (Migrating, the same move: GrantMove again)
///              | Migrating, a later try | Migrating  | Stop the earlier destination, GrantMove with a new epoch
///              | any, else              | same       | DenyMove
/// MoveAborted  | Migrating, that grant  | Running    | none
/// MoveUndecided| live, current          | Waiting    | Stop the destination, Submit to the source; new epoch
///              | any, else              | same       | Stop the source
/// Stopped      | any                    | same       | none
/// anything else|                        | same       | none
/// </code>
/// </remarks>
public sealed record RequestState
{
    private const int DefaultTries = 20;
    private static readonly RequestEffect[] Nothing = [];

    private RequestState()
    {
    }

    public RequestPhase Phase { get; private init; } = RequestPhase.Waiting;

    public PlacementStep Step { get; private init; } = PlacementStep.Deferred;

    /// <summary>Where the current placement is; null while the dispatcher looks for one, and the last one after the end.</summary>
    public InstanceId? Instance { get; private init; }

    /// <summary>What was delivered, and which epoch may speak.</summary>
    public InboundTokens Inbound { get; private init; }

    /// <summary>The epoch of the current placement, or of the next one while the dispatcher looks for it.</summary>
    public Epoch Epoch => Inbound.Epoch;

    /// <summary>The newest epoch given out.</summary>
    public Epoch Newest { get; private init; }

    /// <summary>The granted move under way; null where none is.</summary>
    public PendingMove? Move { get; private init; }

    /// <summary>Superseded placements that have not confirmed that they stopped.</summary>
    public ImmutableArray<PendingStop> Stops { get; private init; } = [];

    /// <summary>Instances not to ask again in this round of placement: they refused the request or lost it.</summary>
    public ImmutableArray<InstanceId> Excluded { get; private init; } = [];

    /// <summary>Whether acknowledgements are held back because the client reads slowly.</summary>
    public bool Stalled { get; private init; }

    /// <summary>Why the request failed; null unless it did.</summary>
    public RequestFailure? Failure { get; private init; }

    /// <summary>How often in a row the dispatcher may have no instance before the request fails.</summary>
    public int PlacementTries { get; private init; } = DefaultTries;

    /// <summary>How often a stop is repeated before nobody waits for its answer: the copy there ends by itself, as an orphan.</summary>
    public int StopTries { get; private init; } = DefaultTries;

    public bool IsLive => Phase <= RequestPhase.Migrating;

    /// <summary>Whether <see cref="RequestEvent.Retry"/> would do something.</summary>
    public bool NeedsRetry => !Stops.IsEmpty || Step is PlacementStep.Asked or PlacementStep.Deferred or PlacementStep.Submitted;

    /// <summary>Whether the request has ended and no instance that can be reached may still hold it.</summary>
    public bool IsDone => !IsLive && Stops.All(stop => stop.Unreachable);

    private int Tries { get; init; }

    /// <summary>What the refusals of this round say together: null without any, Overloaded where one may be otherwise later.</summary>
    private RequestFailure? Refusal { get; init; }

    /// <summary>A new request, before <see cref="RequestEvent.Begin"/>.</summary>
    /// <param name="placementTries">How often in a row the dispatcher may have no instance before the request fails.</param>
    /// <param name="stopTries">How often a stop is repeated before nobody waits for its answer.</param>
    public static RequestState Create(int placementTries = DefaultTries, int stopTries = DefaultTries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(placementTries, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stopTries, 1);
        return new RequestState { Inbound = new InboundTokens(Epoch.First), Newest = Epoch.First, PlacementTries = placementTries, StopTries = stopTries };
    }

    /// <summary>A request that this gateway takes over.</summary>
    /// <param name="epoch">Its first placement here, in an incarnation newer than any that was seen.</param>
    /// <param name="delivered">How much of its output is known.</param>
    /// <param name="at">The instance that has it; null where it is to be placed.</param>
    /// <param name="finish">Why it ended there; None where it goes on.</param>
    /// <param name="others">Instances that are not to run it in an older epoch.</param>
    /// <param name="placementTries">How often in a row the dispatcher may have no instance before the request fails.</param>
    /// <param name="stopTries">How often a stop is repeated before nobody waits for its answer.</param>
    public static RequestTransition TakeOver(
        Epoch epoch,
        int delivered,
        InstanceId? at,
        FinishReason finish,
        ImmutableArray<PendingStop> others,
        int placementTries = DefaultTries,
        int stopTries = DefaultTries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch.Incarnation, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(delivered);
        bool ended = finish != FinishReason.None;
        var state = Create(placementTries, stopTries) with
        {
            Phase = ended ? RequestPhase.Finished : RequestPhase.Waiting,
            Step = ended ? PlacementStep.None : at is null ? PlacementStep.Asked : PlacementStep.Submitted,
            Instance = at,
            Inbound = new InboundTokens(epoch, delivered, finish),
            Newest = epoch,
            Stops = others,
        };
        RequestEffect then = ended ? new RequestEffect.End(finish, null)
            : at is { } instance ? new RequestEffect.Submit(instance, epoch, delivered)
            : new RequestEffect.Place([]);
        return new RequestTransition(state, [.. others.Select(stop => new RequestEffect.Stop(stop.Instance, stop.Epoch)), then]);
    }

    /// <summary>The state after <paramref name="happened"/>, and what to do.</summary>
    public RequestTransition Handle(RequestEvent happened) => happened switch
    {
        RequestEvent.Begin => Step == PlacementStep.Deferred ? Ask() : Stay(),
        RequestEvent.Placed e => OnPlaced(e),
        RequestEvent.NotPlaced e => OnNotPlaced(e),
        RequestEvent.Accepted e => OnAccepted(e),
        RequestEvent.Refused e => OnRefused(e),
        // A destination is asked only when the source has left the request to it.
        RequestEvent.NotHere e => IsCurrent(e.Instance, e.Epoch) || (e.Instance == Move?.To && e.Epoch == Move.Epoch) ? PlaceAgain([]) : Stay(),
        RequestEvent.MovedOn e => OnMovedOn(e),
        RequestEvent.Tokens e => OnTokens(e),
        RequestEvent.Silent => OnSilent(),
        RequestEvent.InstanceLost e => OnInstanceLost(e),
        RequestEvent.Stopped e => Go(this with { Stops = Stops.RemoveAll(stop => stop.Instance == e.Instance && stop.Epoch <= e.Epoch) }),
        RequestEvent.Retry => OnRetry(),
        RequestEvent.Cancel => IsLive ? EndAs(RequestPhase.Cancelled, FinishReason.Cancelled, null) : Stay(),
        RequestEvent.Stall => Go(this with { Stalled = true }),
        RequestEvent.Flow => OnFlow(),
        RequestEvent.MayMove e => OnMayMove(e),
        RequestEvent.MoveAborted e => Move?.Epoch == e.Granted ? Go(WithoutMove()) : Stay(),
        RequestEvent.MoveUndecided e => OnMoveUndecided(e),
        _ => throw new ArgumentException($"{happened.GetType().Name} is not an event of a request.", nameof(happened)),
    };

    private static RequestTransition Go(RequestState state, params RequestEffect[] effects) => new(state, effects);

    private RequestTransition Stay() => new(this, Nothing);

    private bool IsCurrent(InstanceId instance, Epoch epoch) =>
        IsLive && Step is PlacementStep.Submitted or PlacementStep.Accepted && epoch == Epoch && instance == Instance;

    private RequestTransition Ask() => Go(this with { Step = PlacementStep.Asked }, new RequestEffect.Place(Excluded));

    private RequestTransition OnPlaced(RequestEvent.Placed placed) => Step != PlacementStep.Asked
        ? Stay()
        : Go(
            this with { Step = PlacementStep.Submitted, Instance = placed.Instance },
            new RequestEffect.Submit(placed.Instance, Epoch, Inbound.NextIndex));

    private RequestTransition OnNotPlaced(RequestEvent.NotPlaced none)
    {
        if (Step != PlacementStep.Asked) return Stay();

        // A request that has delivered tokens is worth another round; a new one is better told at once that all are full.
        var failure = Refusal ?? new RequestFailure(none.Kind, none.Sentence);
        bool fails = none.Final || Tries + 1 >= PlacementTries
            || (Refusal is { } refusal && (refusal.Kind == FailureKind.Unservable || Inbound.NextIndex == 0));
        return fails
            ? Fail(failure)
            : Go(this with { Step = PlacementStep.Deferred, Tries = Tries + 1, Excluded = [], Refusal = null });
    }

    private RequestTransition OnAccepted(RequestEvent.Accepted accepted)
    {
        if (IsCurrent(accepted.Instance, accepted.Epoch)) return Go(this with { Step = PlacementStep.Accepted });
        bool known = accepted.Epoch == Move?.Epoch || (Phase == RequestPhase.Finished && accepted.Epoch == Epoch);
        return known ? Stay() : StopSuperseded(accepted.Instance, accepted.Epoch);
    }

    private RequestTransition OnRefused(RequestEvent.Refused refused)
    {
        if (!IsCurrent(refused.Instance, refused.Epoch)) return Stay();
        if (refused.Reason == PlacementRefusal.Superseded) return Fail(new RequestFailure(FailureKind.Superseded, refused.Sentence), stop: false);

        var kind = refused.Reason == PlacementRefusal.TooLarge ? FailureKind.Unservable : FailureKind.Overloaded;
        var refusal = Refusal is { Kind: FailureKind.Overloaded } && kind == FailureKind.Unservable ? Refusal : new RequestFailure(kind, refused.Sentence);
        return PlaceAgain(Excluded.Add(refused.Instance), refusal);
    }

    private RequestTransition OnTokens(RequestEvent.Tokens tokens)
    {
        var receipt = Inbound.Receive(tokens.Epoch, tokens.FirstIndex, tokens.Count, tokens.Finish);
        if (receipt.Verdict is InboundVerdict.Stale or InboundVerdict.Foreign)
        {
            return StopSuperseded(tokens.Instance, tokens.Epoch);
        }

        if (!IsLive)
        {
            return Inbound.Finish == FinishReason.None
                ? StopSuperseded(tokens.Instance, tokens.Epoch)
                : Go(this, Acknowledgement(tokens.Instance));
        }

        // Nothing was submitted in this epoch yet, so whoever uses it is not the one.
        if (Step is PlacementStep.Asked or PlacementStep.Deferred) return Stay();

        var effects = new List<RequestEffect>(4);
        var state = this with { Inbound = receipt.State, Step = PlacementStep.Accepted };
        if (Move is { } move && tokens.Epoch == move.Epoch)
        {
            effects.Add(new RequestEffect.Moved(Instance!.Value, move.To));
            state = state with
            {
                Instance = move.To,
                Move = null,
                Phase = state.Inbound.NextIndex == 0 ? RequestPhase.Waiting : RequestPhase.Running,
            };
        }

        switch (receipt.Verdict)
        {
            case InboundVerdict.Gap:
                effects.Add(new RequestEffect.Resend(tokens.Instance, state.Epoch, state.Inbound.NextIndex));
                return new RequestTransition(state, effects);
            case InboundVerdict.Known:
                if (!Stalled) effects.Add(state.Acknowledgement(tokens.Instance));
                return new RequestTransition(state, effects);
            default:
                state = state.Progressed();
                break;
        }

        if (receipt.Count > 0) effects.Add(new RequestEffect.Deliver(Inbound.NextIndex, receipt.Skip, receipt.Count));
        bool ends = state.Inbound.Finish != FinishReason.None;
        if (!Stalled || ends) effects.Add(state.Acknowledgement(tokens.Instance));
        if (!ends) return new RequestTransition(state, effects);

        return state.EndByInstance(effects);
    }

    private RequestTransition OnMovedOn(RequestEvent.MovedOn moved)
    {
        if (!IsCurrent(moved.Instance, moved.Epoch)) return Stay();
        if (Move is { } move && move.Epoch == moved.Moved) return Go(this, new RequestEffect.Resend(move.To, move.Epoch, Inbound.NextIndex));

        var effects = new List<RequestEffect>();
        var placed = AddStop(moved.To, moved.Moved, effects).PlaceAgain([]);
        return new RequestTransition(placed.State, [.. effects, .. placed.Effects]);
    }

    private RequestState Progressed() => this with
    {
        Phase = Phase == RequestPhase.Waiting ? RequestPhase.Running : Phase,
        Tries = 0,
        Excluded = [],
        Refusal = null,
    };

    private RequestTransition EndByInstance(List<RequestEffect> effects)
    {
        var failure = Inbound.Finish == FinishReason.Failed
            ? new RequestFailure(FailureKind.Internal, $"The instance {Instance} could not go on with the request after {Inbound.NextIndex} tokens.")
            : null;
        effects.Add(new RequestEffect.End(Inbound.Finish, failure));
        var ended = this with
        {
            Phase = failure is null ? RequestPhase.Finished : RequestPhase.Failed,
            Step = PlacementStep.None,
            Failure = failure,
        };

        // The source of a move ended it: a destination that was to take it over holds a reservation at most.
        if (Move is { } move) ended = ended.AddStop(move.To, move.Epoch, effects);
        return new RequestTransition(ended.WithoutMove(), effects);
    }

    private RequestTransition OnSilent() => IsLive && Step == PlacementStep.Accepted && !Stalled
        ? Go(this, new RequestEffect.Resend(Instance!.Value, Epoch, Inbound.NextIndex))
        : Stay();

    private RequestTransition OnInstanceLost(RequestEvent.InstanceLost lost)
    {
        var stops = lost.Dead
            ? Stops.RemoveAll(stop => stop.Instance == lost.Instance)
            : [.. Stops.Select(stop => stop.Instance == lost.Instance ? stop with { Unreachable = true } : stop)];
        var state = this with { Stops = stops };
        if (IsLive && lost.Instance == Instance) return state.PlaceAgain([lost.Instance], refusal: null, lost);
        if (Move is null || lost.Instance != Move.To) return Go(state);

        var effects = new List<RequestEffect>();
        if (!lost.Dead) state = state.AddStop(Move.To, Move.Epoch, effects, unreachable: true);
        return new RequestTransition(state.WithoutMove(), effects);
    }

    private RequestTransition OnRetry()
    {
        if (!NeedsRetry) return Stay();

        var effects = new List<RequestEffect>();
        var state = this;
        if (Step is PlacementStep.Asked or PlacementStep.Deferred)
        {
            effects.Add(new RequestEffect.Place(Excluded));
            state = this with { Step = PlacementStep.Asked };
        }
        else if (Step == PlacementStep.Submitted)
        {
            effects.Add(new RequestEffect.Submit(Instance!.Value, Epoch, Inbound.NextIndex));
        }

        foreach (var stop in Stops) effects.Add(new RequestEffect.Stop(stop.Instance, stop.Epoch));
        return new RequestTransition(state with { Stops = [.. Stops.Select(Repeated)] }, effects);
    }

    private PendingStop Repeated(PendingStop stop) => stop.Repeats + 1 < StopTries
        ? stop with { Repeats = stop.Repeats + 1 }
        : stop with { Repeats = StopTries, Unreachable = true };

    private RequestTransition OnFlow()
    {
        var state = this with { Stalled = false };
        return Stalled && IsLive && Step == PlacementStep.Accepted ? Go(state, Acknowledgement(Instance!.Value)) : Go(state);
    }

    private RequestTransition OnMayMove(RequestEvent.MayMove move)
    {
        if (!IsCurrent(move.From, move.Epoch) || Step != PlacementStep.Accepted || Move is { } pending && move.Attempt < pending.Attempt)
            return Go(this, new RequestEffect.DenyMove(move.From, move.To, move.Epoch));

        if (Move is { } same && move.Attempt == same.Attempt)
        {
            return move.To == same.To
                ? Go(this, new RequestEffect.GrantMove(move.From, move.To, same.Epoch))
                : Go(this, new RequestEffect.DenyMove(move.From, move.To, move.Epoch));
        }

        var effects = new List<RequestEffect>();
        var state = Move is { } over ? AddStop(over.To, over.Epoch, effects) : this;
        var granted = Newest.NextPlacement();
        effects.Add(new RequestEffect.GrantMove(move.From, move.To, granted));
        return new RequestTransition(
            state with
            {
                Phase = RequestPhase.Migrating,
                Newest = granted,
                Move = new PendingMove(move.To, granted, move.Attempt),
                Inbound = Inbound with { Granted = granted },
            },
            effects);
    }

    /// <summary>Nobody but the entity can tell what became of a commit: from now on neither old placement speaks, and the source goes on.</summary>
    private RequestTransition OnMoveUndecided(RequestEvent.MoveUndecided undecided)
    {
        // Placed there again already, and only the submission was lost: it is repeated.
        if (IsLive && undecided.From == Instance && undecided.Epoch < Epoch && Step == PlacementStep.Submitted) return Stay();
        if (!IsCurrent(undecided.From, undecided.Epoch)) return StopSuperseded(undecided.From, undecided.Epoch);

        var effects = new List<RequestEffect>();
        var state = Move is { } move ? AddStop(move.To, move.Epoch, effects) : this;
        var next = Newest.NextPlacement();
        state = state with
        {
            Phase = RequestPhase.Waiting,
            Step = PlacementStep.Submitted,
            Move = null,
            Newest = next,
            Inbound = Inbound with { Epoch = next, Granted = null },
        };
        effects.Add(new RequestEffect.Submit(undecided.From, next, Inbound.NextIndex));
        return new RequestTransition(state, effects);
    }

    /// <summary>Gives the current placement up and looks for another, under a new epoch from now on.</summary>
    private RequestTransition PlaceAgain(ImmutableArray<InstanceId> excluded, RequestFailure? refusal = null, RequestEvent.InstanceLost? lost = null)
    {
        var effects = new List<RequestEffect>();
        var state = this;
        if (Instance is { } instance && lost is { Dead: false }) state = state.AddStop(instance, Epoch, effects, unreachable: true);
        if (Move is { } move) state = state.AddStop(move.To, move.Epoch, effects);

        var next = Newest.NextPlacement();
        state = state with
        {
            Phase = RequestPhase.Waiting,
            Step = PlacementStep.Asked,
            Instance = null,
            Move = null,
            Newest = next,
            Inbound = Inbound with { Epoch = next, Granted = null },
            Excluded = excluded,
            Refusal = refusal,
        };
        effects.Add(new RequestEffect.Place(excluded));
        return new RequestTransition(state, effects);
    }

    private RequestTransition Fail(RequestFailure failure, bool stop = true) => EndAs(RequestPhase.Failed, FinishReason.Failed, failure, stop);

    private RequestTransition EndAs(RequestPhase phase, FinishReason reason, RequestFailure? failure, bool stop = true)
    {
        var effects = new List<RequestEffect>();
        var state = this;
        if (stop && Step is PlacementStep.Submitted or PlacementStep.Accepted) state = state.AddStop(Instance!.Value, Epoch, effects);
        if (Move is { } move) state = state.AddStop(move.To, move.Epoch, effects);
        effects.Add(new RequestEffect.End(reason, failure));
        return new RequestTransition(state.WithoutMove() with { Phase = phase, Step = PlacementStep.None, Failure = failure }, effects);
    }

    /// <summary>
    /// Tells a placement that no longer speaks to stop. An epoch that this entity never gave out is another gateway's, who may be the
    /// newer owner: that one is left alone.
    /// </summary>
    private RequestTransition StopSuperseded(InstanceId instance, Epoch epoch)
    {
        if (epoch > Newest) return Stay();

        var effects = new List<RequestEffect>();
        return new RequestTransition(AddStop(instance, epoch, effects), effects);
    }

    /// <summary>Sends a stop and keeps it to be repeated; one stop covers all older epochs of its instance.</summary>
    private RequestState AddStop(InstanceId instance, Epoch epoch, List<RequestEffect> effects, bool unreachable = false)
    {
        foreach (var stop in Stops)
        {
            if (stop.Instance != instance || stop.Epoch < epoch) continue;
            if (!stop.Unreachable || unreachable) return this;

            // It speaks again, so it can be reached after all.
            epoch = stop.Epoch;
        }

        effects.Add(new RequestEffect.Stop(instance, epoch));
        var others = Stops.RemoveAll(stop => stop.Instance == instance && stop.Epoch <= epoch);
        return this with { Stops = others.Add(new PendingStop(instance, epoch, unreachable)) };
    }

    private RequestState WithoutMove() => this with
    {
        Move = null,
        Phase = Phase != RequestPhase.Migrating ? Phase : Inbound.NextIndex == 0 ? RequestPhase.Waiting : RequestPhase.Running,
        Inbound = Inbound with { Granted = null },
    };

    private RequestEffect.Acknowledge Acknowledgement(InstanceId instance) =>
        new(instance, Epoch, Inbound.NextIndex, Inbound.Finish != FinishReason.None);
}
