using System.Collections.Immutable;
using System.Text;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Tests.Migration;

/// <summary>
/// One request's entity, two instances and the messages between them, as a value: every step makes a new world, so that all
/// interleavings can be explored. Messages are a set without order; a repeated message is one that is delivered without being removed.
/// Time-outs are longer than messages take: nobody repeats anything while a message is on its way. What the instances do around the
/// state machines is what the actors do.
/// </summary>
public sealed record MigrationWorld
{
    public const int Length = 2;

    public static readonly InstanceId A = new("A");
    public static readonly InstanceId B = new("B");

    private static readonly MigrationOptions Options = new() { LastStageBlocks = 1, MaxStages = 3, GrowthBlocks = 1, MaxTries = 1 };

    public RequestState Entity { get; init; } = RequestState.Create(placementTries: 1_000_000);

    public int Delivered { get; init; }

    public int Ends { get; init; }

    public ImmutableDictionary<InstanceId, Instance> Instances { get; init; } =
        ImmutableDictionary<InstanceId, Instance>.Empty.Add(A, new Instance()).Add(B, new Instance());

    public ImmutableSortedSet<Message> Messages { get; init; } = ImmutableSortedSet<Message>.Empty;

    /// <summary>Faults that may still happen.</summary>
    public Budget Left { get; init; }

    public static MigrationWorld Start(Budget budget) => new MigrationWorld { Left = budget }.Tell(RequestEvent.Begin.Instance);

    /// <summary>How many of each fault may happen.</summary>
    public readonly record struct Budget(int Drops, int Repeats, int Crashes, int Suspicions, int Cancels, int StageFailures, int Lapses, int Moves);

    /// <summary>A message on its way; compared by its text.</summary>
    public sealed record Message(InstanceId? To, object Body) : IComparable<Message>
    {
        private readonly string _text = $"{To} {Body}";

        public int CompareTo(Message? other) => string.CompareOrdinal(_text, other?._text);

        public override string ToString() => _text;
    }

    /// <summary>A request's copy on an instance.</summary>
    public sealed record Copy(Epoch Epoch, int Next, int Acked, bool Finished, bool Stopped);

    /// <summary>An instance, as far as this request goes.</summary>
    public sealed record Instance
    {
        public bool Alive { get; init; } = true;

        public Epoch Newest { get; init; }

        public Copy? Copy { get; init; }

        public MigrationSource? Out { get; init; }

        public Epoch OutEpoch { get; init; }

        public int OutAttempt { get; init; }

        public bool TakingOut { get; init; }

        public MigrationDestination? In { get; init; }

        public Epoch InEpoch { get; init; }

        public CommitState? Commit { get; init; }

        /// <summary>Where the request went, and in which epoch.</summary>
        public Epoch? Note { get; init; }

        public bool HoldsNothing => Copy is null && Out is null or { Phase: SourcePhase.Ended }
            && In is null or { Phase: DestinationPhase.Committed or DestinationPhase.Released };
    }

    public sealed record CommitState(int Next, int Acked);

    public sealed record Placing(string Excluded);

    public sealed record ForwardedResend(Epoch Moved, Epoch Asked);

    public sealed record Reserve(Epoch Granted, int Blocks);

    public sealed record Commit(Epoch Granted, int Blocks, int Next, int Acked);

    public sealed record Abort(Epoch Granted);

    public sealed record Stage(Epoch Granted, int To);

    public sealed record Reserved(int Blocks);

    public sealed record StageDone;

    public sealed record Refused;

    public sealed record Unknown(Epoch Granted);

    public sealed record Committed(Epoch Granted);

    /// <summary>A canonical text of the whole state.</summary>
    public string Key
    {
        get
        {
            var text = new StringBuilder();
            text.Append(Entity.Phase).Append(Entity.Step).Append(Entity.Instance).Append(Entity.Inbound).Append(Entity.Newest).Append(Entity.Move)
                .AppendJoin(',', Entity.Stops).Append('|').AppendJoin(',', Entity.Excluded).Append(Entity.Stalled).Append('|')
                .Append(Delivered).Append(Ends).Append(Left);
            foreach (var id in new[] { A, B }) text.Append('\n').Append(Instances[id]);
            foreach (var message in Messages) text.Append('\n').Append(message);
            return text.ToString();
        }
    }

    /// <summary>Everything that may happen next: a name and the world after it.</summary>
    public IEnumerable<(string Name, MigrationWorld Next)> Steps()
    {
        foreach (var message in Messages)
        {
            var without = this with { Messages = Messages.Remove(message) };
            foreach (var next in without.Deliver(message)) yield return ($"deliver {message}", next);
            if (Left.Drops > 0) yield return ($"drop {message}", without with { Left = Left with { Drops = Left.Drops - 1 } });
            if (Left.Repeats > 0)
            {
                var kept = this with { Left = Left with { Repeats = Left.Repeats - 1 } };
                foreach (var next in kept.Deliver(message)) yield return ($"repeat {message}", next);
            }

            if (Left.StageFailures > 0 && message.Body is Stage)
            {
                var failed = without with { Left = Left with { StageFailures = Left.StageFailures - 1 } };
                yield return ("the stage fails", failed.AtSource(A, new SourceEvent.StageFailed("the link was cut")));
            }
        }

        foreach (var id in new[] { A, B })
        {
            var instance = Instances[id];
            if (!instance.Alive) continue;
            if (instance.Copy is { Finished: false, Stopped: false }) yield return ($"{id} produces", Produce(id));
            if (instance.TakingOut) yield return ($"{id} takes the request out", TakeOut(id));
            if (id == A && Left.Moves > 0 && instance.Copy is { Finished: false, Stopped: false } && instance.Out is null or { Phase: SourcePhase.Ended })
                yield return ("A starts a migration", StartMigration());
            if (Left.Crashes > 0) yield return ($"{id} crashes", Crash(id));
            if (Left.Suspicions > 0)
            {
                var suspected = this with { Left = Left with { Suspicions = Left.Suspicions - 1 } };
                yield return ($"the entity suspects {id}", suspected.Tell(new RequestEvent.InstanceLost(id)));
                if (id == B) yield return ("A suspects B", suspected.AtSource(A, SourceEvent.DestinationLost.Instance));
            }

            if (Left.Lapses > 0 && instance.In is { Phase: DestinationPhase.Reserved or DestinationPhase.Awaiting })
                yield return ($"{id}'s reservation lapses", (this with { Left = Left with { Lapses = Left.Lapses - 1 } }).Void(id));
        }

        if (Left.Cancels > 0 && Entity.IsLive)
            yield return ("the client cancels", (this with { Left = Left with { Cancels = Left.Cancels - 1 } }).Tell(RequestEvent.Cancel.Instance));
        if (!Messages.IsEmpty) yield break;
        if (Entity.NeedsRetry) yield return ("the entity retries", Tell(RequestEvent.Retry.Instance));
        if (Entity is { IsLive: true, Step: PlacementStep.Accepted }) yield return ("the entity hears nothing", Tell(RequestEvent.Silent.Instance));
        if (Instances[A].Out is { Phase: not SourcePhase.Ended }) yield return ("A retries", AtSource(A, SourceEvent.Retry.Instance));
    }

    /// <summary>Nothing fails from here on and everything is repeated until it is answered: how it all ends.</summary>
    public MigrationWorld Settle()
    {
        var world = this with { Left = default };
        for (int round = 0; round < 60; round++)
        {
            for (int i = 0; world.Messages.Count > 0 && i < 500; i++)
            {
                var message = world.Messages[0];
                world = (world with { Messages = world.Messages.Remove(message) }).Deliver(message).Last();
            }

            if (world.IsSettled) return world;

            foreach (var id in new[] { A, B })
            {
                if (!world.Instances[id].Alive) continue;
                if (world.Instances[id].TakingOut) world = world.TakeOut(id);
                if (world.Instances[id].Copy is { Stopped: false } copy) world = copy.Finished ? world.Frame(id) : world.Produce(id);
                // A silent source's reservation lapses; the timer of a running one does not fire.
                if (world.Instances[id].In is { Phase: DestinationPhase.Reserved or DestinationPhase.Awaiting }
                    && world.Instances[A] is { Alive: false } or { Out: null or { Phase: SourcePhase.Ended } }) world = world.Void(id);
            }

            world = world.Tell(RequestEvent.Silent.Instance).Tell(RequestEvent.Retry.Instance);
            if (world.Instances[A].Out is { Phase: not SourcePhase.Ended }) world = world.AtSource(A, SourceEvent.Retry.Instance);
        }

        return world;
    }

    public bool IsSettled => Messages.IsEmpty && Entity.IsDone && !Entity.NeedsRetry
        && Instances.Values.All(instance => !instance.Alive || instance.HoldsNothing);

    private MigrationWorld With(InstanceId id, Func<Instance, Instance> change) =>
        this with { Instances = Instances.SetItem(id, change(Instances[id])) };

    private MigrationWorld Send(InstanceId? to, object body) => this with { Messages = Messages.Add(new Message(to, body)) };

    private MigrationWorld Tell(RequestEvent happened)
    {
        var (state, effects) = Entity.Handle(happened);
        var world = this with { Entity = state };
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case RequestEffect.Place place:
                    world = world.Send(null, new Placing(string.Join(",", place.Excluding)));
                    break;
                case RequestEffect.Submit submit:
                    world = world.Send(submit.Instance, submit);
                    break;
                case RequestEffect.Stop stop:
                    world = world.Send(stop.Instance, stop);
                    break;
                case RequestEffect.Acknowledge acknowledge:
                    world = world.Send(acknowledge.Instance, acknowledge);
                    break;
                case RequestEffect.Resend resend:
                    world = world.Send(resend.Instance, resend);
                    break;
                case RequestEffect.GrantMove grant:
                    world = world.Send(grant.From, grant);
                    break;
                case RequestEffect.DenyMove deny:
                    world = world.Send(deny.From, deny);
                    break;
                case RequestEffect.Deliver deliver:
                    Assert.Equal(world.Delivered, deliver.FirstIndex);
                    Assert.Equal(0, world.Ends);
                    world = world with { Delivered = world.Delivered + deliver.Count };
                    break;
                case RequestEffect.End:
                    Assert.Equal(0, world.Ends);
                    world = world with { Ends = 1 };
                    break;
                default:
                    break;
            }
        }

        return world;
    }

    private IEnumerable<MigrationWorld> Deliver(Message message)
    {
        if (message.To is { } to && !Instances[to].Alive)
        {
            // Who sends to an instance that is known to be dead learns so.
            return message.Body switch
            {
                RequestEffect.Stop stop => [Tell(new RequestEvent.Stopped(stop.Instance, stop.Epoch))],
                ForwardedResend forwarded => [Tell(new RequestEvent.NotHere(A, forwarded.Asked))],
                _ => [this],
            };
        }

        return message.Body switch
        {
            Placing placing => Choices(placing),
            RequestEvent happened => [Tell(happened)],
            RequestEffect.Submit submit => [OnSubmit(submit)],
            RequestEffect.Stop stop => [OnStop(stop)],
            RequestEffect.Resend resend => [OnResend(resend)],
            ForwardedResend forwarded => [OnForwarded(forwarded)],
            RequestEffect.Acknowledge ack => [OnAcknowledge(ack)],
            RequestEffect.GrantMove grant => [OnGrant(grant)],
            RequestEffect.DenyMove => [AtSource(A, SourceEvent.MoveDenied.Instance)],
            Reserve reserve => [OnReserve(reserve)],
            Commit commit => [OnCommit(commit)],
            Abort abort => [Instances[B].InEpoch == abort.Granted ? Void(B) : this],
            Stage stage => [OnStage(stage)],
            StageDone => [OnStageDone()],
            Reserved reserved => [AtSource(A, new SourceEvent.BlocksReserved(reserved.Blocks))],
            Refused => [AtSource(A, new SourceEvent.ReservationRefused("full"))],
            Unknown unknown => [ForThisMove(unknown.Granted, SourceEvent.CommitUnknown.Instance)],
            Committed committed => [ForThisMove(committed.Granted, SourceEvent.Committed.Instance)],
            _ => throw new InvalidOperationException(message.ToString()),
        };
    }

    private IEnumerable<MigrationWorld> Choices(Placing placing)
    {
        bool any = false;
        foreach (var id in new[] { B, A })
        {
            if (!Instances[id].Alive || placing.Excluded.Contains(id.Name, StringComparison.Ordinal)) continue;
            any = true;
            yield return Tell(new RequestEvent.Placed(id));
        }

        if (!any) yield return Tell(new RequestEvent.NotPlaced(FailureKind.Unavailable, "none"));
    }

    private MigrationWorld OnSubmit(RequestEffect.Submit submit)
    {
        var (id, epoch, next) = submit;
        var instance = Instances[id];
        if (instance.Newest > epoch) return Send(null, new RequestEvent.NotHere(id, epoch));
        if (instance.Copy is { } copy && copy.Epoch == epoch) return Send(null, new RequestEvent.Accepted(id, epoch));
        if (instance.Newest == epoch) return Send(null, new RequestEvent.NotHere(id, epoch));

        var world = this;
        if (instance.Copy is { Stopped: true } && instance.Out is { Phase: SourcePhase.Committing or SourcePhase.Deciding })
        {
            world = world.AtSource(id, new SourceEvent.PlacedHere(epoch));
        }
        else
        {
            if (instance.Copy is not null) world = world.Leave(id, "placed again");
            world = world.With(id, i => i with { Copy = new Copy(epoch, next, next, Finished: false, Stopped: false) });
        }

        return world.With(id, i => i with { Newest = epoch, Note = null }).Send(null, new RequestEvent.Accepted(id, epoch));
    }

    private MigrationWorld OnStop(RequestEffect.Stop stop)
    {
        var (id, epoch) = stop;
        var world = With(id, i => i with { Newest = i.Newest > epoch ? i.Newest : epoch });
        if (world.Instances[id].Copy is { } copy && copy.Epoch <= epoch) world = world.Leave(id, "stopped");
        if (world.Instances[id] is { In.Phase: DestinationPhase.Reserved or DestinationPhase.Awaiting } destination && destination.InEpoch <= epoch)
            world = world.Void(id);
        return world.Send(null, new RequestEvent.Stopped(id, epoch));
    }

    /// <summary>The copy leaves the instance, and a migration of it with it.</summary>
    private MigrationWorld Leave(InstanceId id, string reason)
    {
        var world = Instances[id].Out is { Phase: not SourcePhase.Ended } && Instances[id].Copy is { Finished: false }
            ? AtSource(id, new SourceEvent.RequestLeft(reason, BlocksHeld: true))
            : this;
        return world.With(id, i => i with { Copy = null, TakingOut = false });
    }

    private MigrationWorld OnResend(RequestEffect.Resend resend)
    {
        var instance = Instances[resend.Instance];
        if (instance.Copy is { } copy && copy.Epoch == resend.Epoch) return Frame(resend.Instance);
        if (instance.Note is { } note && instance.Newest == resend.Epoch) return Send(B, new ForwardedResend(note, resend.Epoch));
        return Send(null, new RequestEvent.NotHere(resend.Instance, resend.Epoch));
    }

    /// <summary>The destination of a move that was undone answers for the source: it is nowhere any more.</summary>
    private MigrationWorld OnForwarded(ForwardedResend forwarded) => Instances[B].Copy is { } copy && copy.Epoch == forwarded.Moved
        ? Frame(B)
        : Send(null, new RequestEvent.NotHere(A, forwarded.Asked));

    private MigrationWorld OnAcknowledge(RequestEffect.Acknowledge ack)
    {
        if (Instances[ack.Instance].Copy is not { } copy || copy.Epoch != ack.Epoch) return this;
        if (ack.Ended && copy.Finished) return With(ack.Instance, i => i with { Copy = null });
        return With(ack.Instance, i => i with { Copy = copy with { Acked = Math.Max(copy.Acked, Math.Min(ack.NextIndex, copy.Next)) } });
    }

    private MigrationWorld OnGrant(RequestEffect.GrantMove grant)
    {
        var source = Instances[A];
        return source.Out is null ? this : AtSource(A, new SourceEvent.MoveGranted(grant.Granted));
    }

    private MigrationWorld ForThisMove(Epoch granted, SourceEvent happened) =>
        Instances[A].Out?.Granted == granted ? AtSource(A, happened) : this;

    private MigrationWorld OnReserve(Reserve reserve)
    {
        var instance = Instances[B];
        if (instance.Newest >= reserve.Granted && instance.InEpoch != reserve.Granted) return Send(A, new Refused());
        var world = instance.InEpoch == reserve.Granted
            ? this
            : With(B, i => i with { In = MigrationDestination.New, InEpoch = reserve.Granted, Commit = null });
        return world.AtDestination(new DestinationEvent.Reserve(reserve.Blocks));
    }

    private MigrationWorld OnCommit(Commit commit)
    {
        if (Instances[B].InEpoch != commit.Granted) return Send(A, new Unknown(commit.Granted));
        return With(B, i => i with { Commit = new CommitState(commit.Next, commit.Acked) }).AtDestination(new DestinationEvent.Commit(commit.Blocks));
    }

    private MigrationWorld OnStage(Stage stage)
    {
        var world = Instances[B].InEpoch == stage.Granted ? AtDestination(new DestinationEvent.Arrived(stage.To)) : this;
        return world.Send(A, new StageDone());
    }

    private MigrationWorld OnStageDone()
    {
        if (Instances[A].Copy is not { } copy) return this;
        return AtSource(A, new SourceEvent.StageCopied(copy.Next, copy.Next + 1));
    }

    private MigrationWorld StartMigration()
    {
        var copy = Instances[A].Copy!;
        var world = this with { Left = Left with { Moves = Left.Moves - 1 } };
        var start = MigrationSource.Start(Options, MigrationMethod.Live, copy.Next, copy.Next + 1);
        return world
            .With(A, i => i with { Out = start.State, OutEpoch = copy.Epoch, OutAttempt = i.OutAttempt + 1 })
            .Perform(A, start.Effects);
    }

    private MigrationWorld AtSource(InstanceId id, SourceEvent happened)
    {
        if (Instances[id] is not { Alive: true, Out: { } source }) return this;
        var (state, effects) = source.Handle(happened);
        return With(id, i => i with { Out = state }).Perform(id, effects);
    }

    private MigrationWorld Perform(InstanceId id, IReadOnlyList<SourceEffect> effects)
    {
        var world = this;
        foreach (var effect in effects)
        {
            var instance = world.Instances[id];
            world = effect switch
            {
                SourceEffect.AskEntity => world.Send(null, new RequestEvent.MayMove(id, instance.OutEpoch, B, instance.OutAttempt)),
                SourceEffect.Reserve e => world.Send(B, new Reserve(e.Granted, e.Blocks)),
                SourceEffect.Copy e => world.Send(B, new Stage(instance.Out!.Granted!.Value, e.To)),
                SourceEffect.TakeOut => world.With(id, i => i with { TakingOut = true }),
                SourceEffect.SendCommit e => world.Send(B, new Commit(e.Granted, e.Blocks, instance.Copy!.Next, instance.Copy.Acked)),
                SourceEffect.AbortDestination => world.Send(B, new Abort(instance.Out!.Granted!.Value)),
                SourceEffect.TellAborted e => world.Send(null, new RequestEvent.MoveAborted(e.Granted)),
                SourceEffect.AskDecision => world.Send(null, new RequestEvent.MoveUndecided(id, instance.OutEpoch)),
                SourceEffect.PutBack => world.With(id, i => i with { TakingOut = false, Copy = i.Copy! with { Stopped = false } }),
                SourceEffect.Resume e => world.With(id, i => i with { Copy = i.Copy! with { Epoch = e.Epoch, Stopped = false } }),
                SourceEffect.Release e => world.With(id, i => i with
                {
                    Copy = null,
                    TakingOut = false,
                    Note = e.Moved ? i.Out!.Granted : null,
                }),
                _ => world,
            };
        }

        return world;
    }

    private MigrationWorld AtDestination(DestinationEvent happened)
    {
        var (state, effects) = Instances[B].In!.Handle(happened);
        var world = With(B, i => i with { In = state });
        foreach (var effect in effects)
        {
            var granted = world.Instances[B].InEpoch;
            world = effect switch
            {
                DestinationEffect.Allocate => world.AtDestination(new DestinationEvent.Allocated(true)),
                DestinationEffect.AnswerReserved e => world.Send(A, new Reserved(e.Blocks)),
                DestinationEffect.AnswerRefused => world.Send(A, new Refused()),
                DestinationEffect.AnswerCommitted => world.Send(A, new Committed(granted)),
                DestinationEffect.AnswerUnknown => world.Send(A, new Unknown(granted)),
                DestinationEffect.Join => world.With(B, i => i with
                {
                    Newest = granted,
                    Copy = new Copy(granted, i.Commit!.Next, i.Commit.Acked, Finished: false, Stopped: false),
                }).Frame(B),
                _ => world,
            };
        }

        return world;
    }

    private MigrationWorld Void(InstanceId id) => id == B && Instances[B].In is not null ? AtDestination(new DestinationEvent.Void("void")) : this;

    private MigrationWorld Produce(InstanceId id)
    {
        var copy = Instances[id].Copy!;
        copy = copy with { Next = copy.Next + 1, Finished = copy.Next + 1 == Length };
        var world = With(id, i => i with { Copy = copy });
        if (copy.Finished && world.Instances[id].Out is { Phase: not SourcePhase.Ended })
            world = world.AtSource(id, new SourceEvent.RequestLeft("finished", BlocksHeld: false)).With(id, i => i with { TakingOut = false });
        return world.Frame(id);
    }

    /// <summary>Everything not acknowledged, in one frame.</summary>
    private MigrationWorld Frame(InstanceId id)
    {
        var copy = Instances[id].Copy!;
        var finish = copy.Finished ? FinishReason.Length : FinishReason.None;
        return Send(null, new RequestEvent.Tokens(id, copy.Epoch, copy.Acked, copy.Next - copy.Acked, finish));
    }

    private MigrationWorld TakeOut(InstanceId id)
    {
        var copy = Instances[id].Copy!;
        return With(id, i => i with { TakingOut = false, Copy = copy with { Stopped = true } })
            .AtSource(id, new SourceEvent.TakenOut(copy.Next + 1));
    }

    private MigrationWorld Crash(InstanceId id)
    {
        var world = this with { Left = Left with { Crashes = Left.Crashes - 1 } };
        world = world.With(id, _ => new Instance { Alive = false });
        world = world with { Messages = [.. world.Messages.Where(message => message.To != id)] };
        if (id == B) world = world.AtSource(A, SourceEvent.DestinationLost.Instance);
        if (id == A && world.Instances[B].In is not null) world = world.Void(B);
        return world.Tell(new RequestEvent.InstanceLost(id, Dead: true));
    }
}
