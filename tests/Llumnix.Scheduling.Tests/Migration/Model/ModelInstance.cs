using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Recovery;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>
/// One instance as far as one request goes, as a value: what the instance's actor keeps and does around the state machines. A block is one
/// token; the prompt is one token.
/// </summary>
internal sealed record ModelInstance(int Number, int Length)
{
    private static readonly MigrationOptions Options = new() { LastStageBlocks = 1, MaxStages = 3, GrowthBlocks = 1, MaxTries = 1 };

    private static readonly string[] Names = ["A", "B", "C"];

    public bool Alive { get; init; } = true;

    /// <summary>The newest epoch seen.</summary>
    public Epoch Newest { get; init; }

    /// <summary>The request where it waits, runs, is taken out, or has ended.</summary>
    public RequestCopy? Copy { get; init; }

    /// <summary>Where it went, while <see cref="Newest"/> is the epoch it had here.</summary>
    public ForwardingNote? Note { get; init; }

    public Outgoing? Out { get; init; }

    /// <summary>Migrations begun in this placement.</summary>
    public int Attempts { get; init; }

    /// <summary>Migrations begun, ever.</summary>
    public int Moves { get; init; }

    public ValueList<Incoming> In { get; init; } = new();

    public bool HoldsNothing => Copy is null or { Finished: true } && Out is null && !In.Any(incoming => incoming.IsOpen);

    /// <summary>Whether the request is in the batch or its queue here.</summary>
    public bool Runs => Copy is { Finished: false, TakenOut: false };

    public static InstanceId IdOf(int number) => new(Names[number]);

    public static int NumberOf(InstanceId id) => id.Name[0] - 'A';

    /// <summary>A copy of the request.</summary>
    /// <param name="Epoch">The placement.</param>
    /// <param name="Next">Tokens there are.</param>
    /// <param name="Acked">Tokens acknowledged.</param>
    /// <param name="Sent">Tokens sent.</param>
    /// <param name="Finished">Whether it ended; then it holds nothing but its tokens.</param>
    /// <param name="TakenOut">Whether it stands still for a migration.</param>
    /// <param name="Owner">Whose it is.</param>
    public sealed record RequestCopy(Epoch Epoch, int Next, int Acked, int Sent, bool Finished, bool TakenOut, int Owner);

    public sealed record ForwardingNote(Epoch Moved, int To);

    public sealed record Outgoing(Move Move, MigrationSource State, int To, Epoch Epoch, int Attempt, bool TakeOutPending);

    public sealed record Incoming(Move Move, Epoch Granted, MigrationDestination State, MessageBody.Commit? Commit)
    {
        public bool IsOpen => State.Phase is DestinationPhase.Reserved or DestinationPhase.Awaiting;
    }

    /// <summary>What happens without a message.</summary>
    public enum Own
    {
        Produce,
        TakeOut,
        StartMoveToA,
        StartMoveToB,
        StartMoveToC,
        Retry,
        Preempt,
        Lapse,
        Orphan,
        SuspectPeer,
    }

    /// <summary>One step under way: the state so far and what was sent.</summary>
    public sealed class Step(ModelInstance state, bool refuses, ISet<string> transitions)
    {
        public ModelInstance State { get; private set; } = state;

        public List<Message> Sent { get; } = [];

        private InstanceId Id => IdOf(State.Number);

        public void Take(MessageBody body)
        {
            switch (body)
            {
                case MessageBody.Submit e:
                    Submit(e);
                    break;
                case MessageBody.Stop e:
                    Stop(e);
                    break;
                case MessageBody.Resend e:
                    Resend(e);
                    break;
                case MessageBody.WhoHas e:
                    WhoHas(e);
                    break;
                case MessageBody.Acknowledge e:
                    Acknowledge(e);
                    break;
                case MessageBody.MoveGranted e:
                    if (State.Out is { } asked && asked.To == e.To && asked.Epoch < e.Grant && !asked.Epoch.IsTakenOverBy(e.Grant)) AtSource(new SourceEvent.MoveGranted(e.Grant));
                    break;
                case MessageBody.MoveDenied e:
                    if (State.Out?.To == e.To) AtSource(SourceEvent.MoveDenied.Instance);
                    break;
                case MessageBody.Reserve e:
                    Reserve(e);
                    break;
                case MessageBody.Commit e:
                    Commit(e);
                    break;
                case MessageBody.Abort e:
                    At(e.Move, new DestinationEvent.Void("given up"));
                    break;
                case MessageBody.Stage e:
                    At(e.Move, new DestinationEvent.Arrived(e.To));
                    Send(e.Move.Source, new MessageBody.StageDone(e.Move));
                    break;
                case MessageBody.StageDone e:
                    if (State.Out?.Move == e.Move) AtSource(new SourceEvent.StageCopied(FullBlocks, Blocks));
                    break;
                case MessageBody.StageFailed e:
                    if (State.Out?.Move == e.Move) AtSource(new SourceEvent.StageFailed("it failed"));
                    break;
                case MessageBody.Reserved e:
                    if (State.Out?.Move == e.Move) AtSource(new SourceEvent.BlocksReserved(e.Blocks));
                    break;
                case MessageBody.Refused e:
                    if (State.Out?.Move == e.Move) AtSource(new SourceEvent.ReservationRefused("refused"));
                    break;
                case MessageBody.Committed e:
                    if (State.Out?.Move == e.Move) AtSource(SourceEvent.Committed.Instance);
                    break;
                case MessageBody.Unknown e:
                    if (State.Out?.Move == e.Move) AtSource(SourceEvent.CommitUnknown.Instance);
                    break;
                case MessageBody.PeerDied e:
                    PeerLost(e.Instance);
                    break;
                default:
                    throw new InvalidOperationException(body.ToString());
            }
        }

        public void Do(Own own)
        {
            switch (own)
            {
                case Own.Produce:
                    Produce();
                    break;
                case Own.TakeOut:
                    State = State with { Out = State.Out! with { TakeOutPending = false }, Copy = State.Copy! with { TakenOut = true } };
                    AtSource(new SourceEvent.TakenOut(Blocks));
                    break;
                case >= Own.StartMoveToA and <= Own.StartMoveToC:
                    StartMove((int)own - (int)Own.StartMoveToA);
                    break;
                case Own.Retry:
                    AtSource(SourceEvent.Retry.Instance);
                    break;
                case Own.Preempt:
                    RequestLeft("preempted");
                    break;
                case Own.Lapse:
                    foreach (var incoming in State.In.ToArray()) At(incoming.Move, new DestinationEvent.Void("silence"));
                    break;
                case Own.Orphan:
                    Drop(State.Copy!.Epoch);
                    break;
                case Own.SuspectPeer:
                    if (State.Out is { } migration) PeerLost(migration.To);
                    foreach (var incoming in State.In.ToArray()) PeerLost(incoming.Move.Source);
                    break;
                default:
                    throw new InvalidOperationException(own.ToString());
            }
        }

        private int FullBlocks => State.Copy?.Next ?? 0;

        private int Blocks => FullBlocks + 1;

        private void Send(int instance, MessageBody body) => Add(Node.Instance(instance), body);

        private void Tell(int gateway, RequestEvent happened) => Add(Node.Gateway(gateway), new MessageBody.ToEntity(happened));

        private void Tell(int gateway, RecoveryEvent happened) => Add(Node.Gateway(gateway), new MessageBody.ToRecovery(happened));

        private void Add(Node to, MessageBody body) => Sent.Add(new Message(Node.Instance(State.Number), to, body));

        private void Submit(MessageBody.Submit submit)
        {
            var accepted = new RequestEvent.Accepted(Id, submit.Epoch);
            if (State.Copy is { Finished: false } copy)
            {
                if (submit.Epoch == copy.Epoch)
                {
                    Tell(submit.Gateway, accepted);
                    return;
                }

                if (submit.Epoch < copy.Epoch)
                {
                    SayNotHere(submit.Gateway, submit.Epoch);
                    return;
                }

                AtSource(new SourceEvent.PlacedHere(submit.Epoch));
                AtSource(SourceEvent.TakenOver.Instance);
                int known = Math.Min(submit.Next, copy.Next);
                State = State with
                {
                    Newest = submit.Epoch,
                    Copy = State.Copy! with { Epoch = submit.Epoch, Acked = known, Sent = known, Owner = submit.Gateway },
                };
                Tell(submit.Gateway, accepted);
                if (copy.Next > known) SendFrame();
                return;
            }

            if (State.Copy is { Finished: true } ended && ended.Epoch == submit.Epoch)
            {
                Tell(submit.Gateway, accepted);
                SendFrom(submit.Next);
                return;
            }

            if (State is { Copy: null, Note: { } note } && State.Newest == submit.Epoch)
            {
                Tell(submit.Gateway, new RequestEvent.MovedOn(Id, submit.Epoch, IdOf(note.To), note.Moved));
                return;
            }

            if (submit.Epoch <= State.Newest)
            {
                SayNotHere(submit.Gateway, submit.Epoch);
                return;
            }

            State = State with
            {
                Newest = submit.Epoch,
                Note = null,
                Copy = new RequestCopy(submit.Epoch, submit.Next, submit.Next, submit.Next, Finished: false, TakenOut: false, submit.Gateway),
            };
            Tell(submit.Gateway, accepted);
        }

        private void SayNotHere(int gateway, Epoch epoch) => Tell(gateway, epoch.IsTakenOverBy(State.Newest)
            ? new RequestEvent.Refused(Id, epoch, PlacementRefusal.Superseded, "taken over")
            : new RequestEvent.NotHere(Id, epoch));

        private void Stop(MessageBody.Stop stop)
        {
            foreach (var incoming in State.In.ToArray())
            {
                if (incoming.Granted <= stop.Epoch) At(incoming.Move, new DestinationEvent.Void("placed anew"));
            }

            if (State.Copy is { Finished: false } copy)
            {
                if (copy.Epoch <= stop.Epoch) Drop(stop.Epoch);
            }
            else if (State.Newest <= stop.Epoch)
            {
                State = State with { Newest = stop.Epoch, Copy = null, Note = null };
            }

            Tell(stop.Gateway, new RequestEvent.Stopped(Id, stop.Epoch));
        }

        private void Drop(Epoch epoch)
        {
            RequestLeft("stopped");
            State = State with { Copy = null, Note = null, Newest = epoch };
        }

        private void RequestLeft(string reason)
        {
            State = State with { Attempts = 0 };
            AtSource(new SourceEvent.RequestLeft(reason, BlocksHeld: false));
        }

        private void Resend(MessageBody.Resend resend)
        {
            if (State.Copy is { } copy && copy.Epoch == resend.Epoch)
            {
                SendFrom(resend.From);
            }
            else if (State is { Copy: null, Note: { } note } && State.Newest == resend.Epoch)
            {
                Tell(resend.Gateway, new RequestEvent.MovedOn(Id, resend.Epoch, IdOf(note.To), note.Moved));
            }
            else
            {
                SayNotHere(resend.Gateway, resend.Epoch);
            }
        }

        private void WhoHas(MessageBody.WhoHas asked)
        {
            AtSource(SourceEvent.TakenOver.Instance);
            Tell(asked.Gateway, State switch
            {
                { Copy: { } copy } => new RecoveryEvent.Holds(
                    Id, copy.Epoch, copy.Next, copy.Finished ? FinishReason.Length : FinishReason.None),
                { Note: { } note } => new RecoveryEvent.MovedOn(Id, State.Newest, IdOf(note.To)),
                _ => new RecoveryEvent.HoldsNot(Id, State.Newest),
            });
        }

        private void Acknowledge(MessageBody.Acknowledge ack)
        {
            if (State.Copy is not { } copy || copy.Epoch != ack.Epoch || ack.Next > copy.Next) return;
            State = State with { Copy = copy with { Acked = Math.Max(copy.Acked, ack.Next), Sent = Math.Max(copy.Sent, ack.Next) } };
        }

        private void SendFrom(int from)
        {
            Acknowledge(new MessageBody.Acknowledge(State.Copy!.Epoch, from, Ended: false));
            var copy = State.Copy;
            State = State with { Copy = copy with { Sent = Math.Clamp(from, copy.Acked, copy.Next) } };
            SendFrame();
        }

        /// <summary>What was not sent yet, in one frame.</summary>
        private void SendFrame()
        {
            var copy = State.Copy!;
            var finish = copy.Finished ? FinishReason.Length : FinishReason.None;
            Tell(copy.Owner, new RequestEvent.Tokens(Id, copy.Epoch, copy.Sent, copy.Next - copy.Sent, finish));
            State = State with { Copy = copy with { Sent = copy.Next } };
        }

        private void Produce()
        {
            var copy = State.Copy! with { Next = State.Copy.Next + 1 };
            bool ends = copy.Next == State.Length;
            if (ends) RequestLeft("finished");
            State = State with { Copy = copy with { Finished = ends } };
            SendFrame();
        }

        private void PeerLost(int peer)
        {
            if (State.Out?.To == peer) AtSource(SourceEvent.DestinationLost.Instance);
            foreach (var incoming in State.In.ToArray())
            {
                if (incoming.Move.Source == peer) At(incoming.Move, new DestinationEvent.Void("its source was lost"));
            }
        }

        private void StartMove(int to)
        {
            var copy = State.Copy!;
            var start = MigrationSource.Start(Options, MigrationMethod.Live, FullBlocks, Blocks);
            State = State with
            {
                Attempts = State.Attempts + 1,
                Moves = State.Moves + 1,
                Out = new Outgoing(new Move(State.Number, State.Moves + 1), start.State, to, copy.Epoch, State.Attempts + 1, TakeOutPending: false),
            };
            Perform(start.Effects);
        }

        private void AtSource(SourceEvent happened)
        {
            if (State.Out is not { } migration) return;
            var (state, effects) = migration.State.Handle(happened);
            transitions.Add($"source: {migration.State.Phase}, {happened.GetType().Name} -> {state.Phase} {state.Outcome}".TrimEnd());
            State = State with { Out = migration with { State = state } };
            Perform(effects);
        }

        private void Perform(IReadOnlyList<SourceEffect> effects)
        {
            foreach (var effect in effects)
            {
                var migration = State.Out!;
                var (move, to) = (migration.Move, migration.To);
                switch (effect)
                {
                    case SourceEffect.AskEntity:
                        Tell(State.Copy!.Owner, new RequestEvent.MayMove(Id, migration.Epoch, IdOf(to), migration.Attempt));
                        break;
                    case SourceEffect.Reserve e:
                        Send(to, new MessageBody.Reserve(move, e.Granted, e.Blocks));
                        break;
                    case SourceEffect.Copy e:
                        Send(to, new MessageBody.Stage(move, e.To));
                        break;
                    case SourceEffect.TakeOut:
                        State = State with { Out = migration with { TakeOutPending = true } };
                        break;
                    case SourceEffect.SendCommit e:
                        var copy = State.Copy!;
                        Send(to, new MessageBody.Commit(move, e.Blocks, copy.Next, copy.Acked, copy.Owner));
                        break;
                    case SourceEffect.AbortDestination:
                        Send(to, new MessageBody.Abort(move));
                        break;
                    case SourceEffect.TellAborted e:
                        Tell(State.Copy!.Owner, new RequestEvent.MoveAborted(e.Granted));
                        break;
                    case SourceEffect.AskDecision:
                        Tell(State.Copy!.Owner, new RequestEvent.MoveUndecided(Id, migration.Epoch));
                        break;
                    case SourceEffect.PutBack or SourceEffect.Resume:
                        State = State with { Out = migration with { TakeOutPending = false }, Copy = State.Copy! with { TakenOut = false } };
                        break;
                    case SourceEffect.Release e:
                        State = State with
                        {
                            Newest = State.Copy!.Epoch,
                            Copy = null,
                            Note = e.Moved ? new ForwardingNote(migration.State.Granted!.Value, to) : null,
                        };
                        break;
                    case SourceEffect.Finish e:
                        State = State with { Out = null, Attempts = e.Outcome == MigrationOutcome.Aborted ? State.Attempts : 0 };
                        break;
                    default:
                        throw new InvalidOperationException(effect.ToString());
                }
            }
        }

        private void Reserve(MessageBody.Reserve wanted)
        {
            if (State.In.Find(incoming => incoming.Move == wanted.Move) is null)
            {
                if (refuses || State.Newest >= wanted.Granted)
                {
                    Send(wanted.Move.Source, new MessageBody.Refused(wanted.Move));
                    return;
                }

                State = State with { In = State.In.With(null, new Incoming(wanted.Move, wanted.Granted, MigrationDestination.New, null)) };
            }

            At(wanted.Move, new DestinationEvent.Reserve(wanted.Blocks));
        }

        private void Commit(MessageBody.Commit commit)
        {
            if (State.In.Find(incoming => incoming.Move == commit.Move) is not { } migration)
            {
                Send(commit.Move.Source, new MessageBody.Unknown(commit.Move));
                return;
            }

            State = State with { In = State.In.With(migration, migration with { Commit = migration.IsOpen ? commit : null }) };
            if (migration.IsOpen && State.Newest >= migration.Granted) At(commit.Move, new DestinationEvent.Void("placed anew meanwhile"));
            At(commit.Move, new DestinationEvent.Commit(commit.Blocks));
        }

        private void At(Move move, DestinationEvent happened)
        {
            if (State.In.Find(incoming => incoming.Move == move) is not { } migration) return;
            var (state, effects) = migration.State.Handle(happened);
            transitions.Add($"destination: {migration.State.Phase}, {happened.GetType().Name} -> {state.Phase}");
            State = State with { In = State.In.With(migration, migration with { State = state }) };
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case DestinationEffect.Allocate:
                        At(move, new DestinationEvent.Allocated(!refuses));
                        break;
                    case DestinationEffect.AnswerReserved e:
                        Send(move.Source, new MessageBody.Reserved(move, e.Blocks));
                        break;
                    case DestinationEffect.AnswerRefused:
                        Send(move.Source, new MessageBody.Refused(move));
                        break;
                    case DestinationEffect.Join:
                        Join(move);
                        break;
                    case DestinationEffect.AnswerCommitted:
                        bool runs = State.In.Find(incoming => incoming.Move == move)!.State.Phase == DestinationPhase.Committed;
                        Send(move.Source, runs ? new MessageBody.Committed(move) : new MessageBody.Unknown(move));
                        break;
                    case DestinationEffect.AnswerUnknown:
                        Send(move.Source, new MessageBody.Unknown(move));
                        break;
                    default:
                        break;
                }
            }
        }

        private void Join(Move move)
        {
            var migration = State.In.Find(incoming => incoming.Move == move)!;
            var commit = migration.Commit!;
            if (State.Copy is { Finished: false } older) Drop(older.Epoch);
            migration = State.In.Find(incoming => incoming.Move == move)!;
            if (refuses)
            {
                State = State with { In = State.In.With(migration, migration with { State = MigrationDestination.Unknown, Commit = null }) };
                return;
            }

            State = State with
            {
                In = State.In.With(migration, migration with { Commit = null }),
                Newest = migration.Granted,
                Note = null,
                Copy = new RequestCopy(migration.Granted, commit.Next, commit.Acked, commit.Acked, Finished: false, TakenOut: false, commit.Owner),
            };
            SendFrame();
        }
    }
}
