using System.Collections.Immutable;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Recovery;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>The request's entity on one gateway, as a value: what the entity's actor keeps and does around the state machines.</summary>
internal sealed record ModelEntity(int Gateway, int Uid)
{
    private const int Tries = 2;

    public bool Alive { get; init; } = true;

    /// <summary>While the request is taken over.</summary>
    public RequestRecovery? Recovery { get; init; }

    /// <summary>From then on; null before the client came to this gateway.</summary>
    public RequestState? State { get; init; }

    public bool Exists => State is not null || Recovery is not null;

    public bool Recovers => State is null && Recovery is not null;

    public bool IsLive => Recovers || State is { IsLive: true };

    public bool IsDone => !Exists || State is { IsDone: true };

    /// <summary>Whether it still speaks for a placement: then nobody takes the copy for an orphan.</summary>
    public bool Owns(Epoch epoch) => Alive && State is { } state && (state.Epoch == epoch || state.Move?.Epoch == epoch);

    /// <summary>What happens without a message.</summary>
    public enum Own
    {
        Begin,
        Retry,
        Silence,
        Cancel,
        NotPlaced,
        PlacedAtA,
        PlacedAtB,
        PlacedAtC,
        SuspectA,
        SuspectB,
        SuspectC,
    }

    /// <summary>One step under way: the state so far, what was sent and what the client was told.</summary>
    public sealed class Step(ModelEntity state, ISet<string> transitions)
    {
        public ModelEntity State { get; private set; } = state;

        public List<Message> Sent { get; } = [];

        /// <summary>Acknowledgements: whom to, and what. Each is lost, or is there at once.</summary>
        public List<(int Instance, MessageBody.Acknowledge What)> Acknowledged { get; } = [];

        /// <summary>Tokens told to the session: from where, and how many.</summary>
        public List<(int First, int Count)> Delivered { get; } = [];

        /// <summary>How the request ended, where it did in this step.</summary>
        public RequestPhase? Ended { get; private set; }

        public FailureKind? Failure { get; private set; }

        /// <summary>The client comes to this gateway from another.</summary>
        public void TakeOver(IEnumerable<int> instances, IReadOnlyCollection<InstanceId> suspected)
        {
            var start = RequestRecovery.Start(State.Uid, instances.Select(ModelInstance.IdOf), suspected, Tries);
            State = State with { Recovery = start.State };
            Perform(start.Effects);
        }

        public void Take(MessageBody body)
        {
            switch (body)
            {
                case MessageBody.ToEntity e:
                    if (State.State is not null) Handle(e.Happened);
                    break;
                case MessageBody.ToRecovery e:
                    if (State.Recovers) Handle(e.Happened);
                    break;
                case MessageBody.InstanceDied e:
                    Lose(e.Instance, dead: true);
                    break;
                default:
                    throw new InvalidOperationException(body.ToString());
            }
        }

        public void Do(Own own)
        {
            switch (own)
            {
                case Own.Begin:
                    State = State with { State = RequestState.Create(Tries, Tries) };
                    Handle(RequestEvent.Begin.Instance);
                    break;
                case Own.Retry:
                    if (State.Recovers) Handle(RecoveryEvent.Retry.Instance);
                    else Handle(RequestEvent.Retry.Instance);
                    break;
                case Own.Silence:
                    Handle(RequestEvent.Silent.Instance);
                    break;
                case Own.Cancel:
                    if (State.Recovers) Handle(RecoveryEvent.Cancel.Instance);
                    Handle(RequestEvent.Cancel.Instance);
                    break;
                case Own.NotPlaced:
                    Handle(new RequestEvent.NotPlaced(FailureKind.Unavailable, "none is there"));
                    break;
                case >= Own.PlacedAtA and <= Own.PlacedAtC:
                    Handle(new RequestEvent.Placed(ModelInstance.IdOf((int)own - (int)Own.PlacedAtA)));
                    break;
                default:
                    Lose(ModelInstance.IdOf((int)own - (int)Own.SuspectA), dead: false);
                    break;
            }
        }

        private void Lose(InstanceId instance, bool dead)
        {
            if (State.Recovers) Handle(new RecoveryEvent.InstanceLost(instance, dead));
            else if (State.State is not null) Handle(new RequestEvent.InstanceLost(instance, dead));
        }

        private void Handle(RecoveryEvent happened)
        {
            var (state, effects) = State.Recovery!.Handle(happened);
            transitions.Add($"recovery: {happened.GetType().Name} -> {state.Phase} {(effects.Count > 0 ? effects[0].GetType().Name : "")}".TrimEnd());
            State = State with { Recovery = state };
            Perform(effects);
        }

        private void Perform(IReadOnlyList<RecoveryEffect> effects)
        {
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case RecoveryEffect.Ask e:
                        Send(e.Instance, new MessageBody.WhoHas(State.Gateway));
                        break;
                    case RecoveryEffect.Adopt e:
                        if (e.Tokens > 0) Delivered.Add((0, e.Tokens));
                        Begin(e.Epoch, e.Tokens, e.At, e.Finish, e.Others);
                        break;
                    case RecoveryEffect.GenerateAgain e:
                        Begin(e.Epoch, 0, null, FinishReason.None, e.Others);
                        break;
                    default:
                        throw new InvalidOperationException(effect.ToString());
                }
            }
        }

        private void Begin(Epoch epoch, int tokens, InstanceId? at, FinishReason finish, ImmutableArray<PendingStop> others)
        {
            var start = RequestState.TakeOver(epoch, tokens, at, finish, others, Tries, Tries);
            // Its answers are of no more use.
            State = State with { State = start.State, Recovery = null };
            Perform(start.Effects);
        }

        private void Handle(RequestEvent happened)
        {
            var before = State.State!;
            var (state, effects) = before.Handle(happened);
            transitions.Add($"request: {before.Phase} {before.Step}, {happened.GetType().Name} -> {state.Phase} {state.Step}");
            Assert.True(state.Epoch >= before.Epoch && state.Newest >= before.Newest, $"it accepts {state.Epoch} after {before.Epoch}");
            var delivered = effects.OfType<RequestEffect.Deliver>().ToArray();
            Assert.True(
                delivered.Sum(deliver => deliver.Count) == state.Inbound.NextIndex - before.Inbound.NextIndex
                    && delivered.All(deliver => deliver.FirstIndex == before.Inbound.NextIndex),
                $"it had {before.Inbound.NextIndex} tokens, has {state.Inbound.NextIndex} and hands on {string.Join(", ", effects)}");
            State = State with { State = state };
            Perform(effects);
        }

        private void Send(InstanceId to, MessageBody body) =>
            Sent.Add(new Message(Node.Gateway(State.Gateway), Node.Instance(ModelInstance.NumberOf(to)), body));

        private void Perform(IReadOnlyList<RequestEffect> effects)
        {
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case RequestEffect.Place e:
                        int excluded = 0;
                        foreach (var instance in e.Excluding) excluded |= 1 << ModelInstance.NumberOf(instance);
                        Sent.Add(new Message(Node.Gateway(State.Gateway), Node.Dispatcher(State.Gateway), new MessageBody.Place(excluded)));
                        break;
                    case RequestEffect.Submit e:
                        Send(e.Instance, new MessageBody.Submit(State.Gateway, e.Epoch, e.NextIndex));
                        break;
                    case RequestEffect.Stop e:
                        Send(e.Instance, new MessageBody.Stop(State.Gateway, e.Epoch));
                        break;
                    case RequestEffect.Resend e:
                        Send(e.Instance, new MessageBody.Resend(State.Gateway, e.Epoch, e.From));
                        break;
                    case RequestEffect.Acknowledge e:
                        Acknowledged.Add((ModelInstance.NumberOf(e.Instance), new MessageBody.Acknowledge(e.Epoch, e.NextIndex, e.Ended)));
                        break;
                    case RequestEffect.GrantMove e:
                        Send(e.From, new MessageBody.MoveGranted(ModelInstance.NumberOf(e.To), e.Granted));
                        break;
                    case RequestEffect.DenyMove e:
                        Send(e.From, new MessageBody.MoveDenied(ModelInstance.NumberOf(e.To)));
                        break;
                    case RequestEffect.Deliver e:
                        Delivered.Add((e.FirstIndex, e.Count));
                        break;
                    case RequestEffect.End e:
                        Assert.False(Ended is not null, "the request ends twice");
                        Ended = State.State!.Phase;
                        Failure = e.Failure?.Kind;
                        break;
                    default:
                        break;
                }
            }
        }
    }
}
