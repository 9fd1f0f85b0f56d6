using CsCheck;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Tests.Delivery;

public sealed class DeliveryPropertyTests
{
    private const int Length = 25;

    /// <summary>What the model would produce at an index, wherever it runs.</summary>
    private static int Token(int index) => 1000 + index * 7;

    [Fact]
    public void Through_a_channel_that_loses_doubles_and_reorders_every_token_arrives_once_in_order_and_the_end_too() =>
        Gen.Int.Array[0, 300].Sample(choices =>
        {
            var world = new World(instances: 1);
            foreach (int choice in choices) world.Disturb(choice, mayLose: false);
            world.Settle();
            world.AssertWhole(FinishReason.Length);
        }, iter: 300);

    [Fact]
    public void Whatever_instances_refuse_die_or_are_suspected_one_epoch_speaks_and_every_copy_ends() =>
        Gen.Int.Array[0, 300].Sample(choices =>
        {
            var world = new World(instances: 3);
            foreach (int choice in choices) world.Disturb(choice, mayLose: true);
            world.Settle();
            world.AssertWholeOrRefused();
        }, iter: 300);

    [Fact]
    public void A_request_cancelled_at_any_moment_ends_once_and_no_instance_keeps_it() =>
        Gen.Select(Gen.Int.Array[0, 200], Gen.Int.Array[0, 50]).Sample((before, after) =>
        {
            var world = new World(instances: 3);
            foreach (int choice in before) world.Disturb(choice, mayLose: true);
            bool finished = !world.Entity.IsLive;
            world.Tell(RequestEvent.Cancel.Instance);
            foreach (int choice in after) world.Disturb(choice, mayLose: true);
            world.Settle();
            if (!finished) world.AssertEnded(FinishReason.Cancelled);
            else world.AssertWholeOrRefused();
        }, iter: 300);

    /// <summary>An entity, instances that produce <see cref="Length"/> tokens, and the messages on their way between them.</summary>
    private sealed class World
    {
        private readonly InstanceId[] _ids;
        private readonly Dictionary<InstanceId, OutboundTokens<int>?> _copies = [];
        private readonly Dictionary<InstanceId, Epoch> _newest = [];
        private readonly HashSet<InstanceId> _suspected = [];
        private readonly List<Action> _messages = [];
        private readonly List<int> _delivered = [];
        private readonly List<FinishReason> _ends = [];
        private readonly List<Epoch> _submitted = [];
        private int[] _arrived = [];

        public World(int instances)
        {
            _ids = [.. Enumerable.Range(0, instances).Select(i => new InstanceId($"i{i}"))];
            foreach (var id in _ids) _copies[id] = null;
            Tell(RequestEvent.Begin.Instance);
        }

        public RequestState Entity { get; private set; } = RequestState.Create(placementTries: 1_000_000);

        public void Tell(RequestEvent happened)
        {
            var (state, effects) = Entity.Handle(happened);
            Entity = state;
            foreach (var effect in effects) Perform(effect);
        }

        /// <summary>One thing happens, chosen by the bits of <paramref name="choice"/>.</summary>
        public void Disturb(int choice, bool mayLose)
        {
            uint bits = (uint)choice;
            int which = (int)(bits >> 8 & 0xFFFF);
            var id = _ids[which % _ids.Length];
            switch (bits % 16)
            {
                case 0 when _messages.Count > 0:
                    _messages.RemoveAt(which % _messages.Count);
                    break;
                case 1 when _messages.Count > 0:
                    _messages.Add(_messages[which % _messages.Count]);
                    break;
                case 2:
                    Tell(RequestEvent.Silent.Instance);
                    break;
                case 3:
                    Tell(RequestEvent.Retry.Instance);
                    break;
                case 4 when mayLose && which % 5 == 0:
                    _copies[id] = null;
                    Tell(new RequestEvent.InstanceLost(id, Dead: true));
                    break;
                case 5 when mayLose && which % 3 == 0:
                    _suspected.Add(id);
                    Tell(new RequestEvent.InstanceLost(id));
                    break;
                case 6:
                    _suspected.Remove(id);
                    break;
                case 7 when mayLose && which % 4 == 0:
                    Tell(which % 8 == 0 ? RequestEvent.Stall.Instance : RequestEvent.Flow.Instance);
                    break;
                case < 11 when _messages.Count > 0:
                    Arrive(which % _messages.Count);
                    break;
                default:
                    Produce(id);
                    break;
            }
        }

        /// <summary>From here on nothing is lost, and all is repeated until it is answered.</summary>
        public void Settle()
        {
            _suspected.Clear();
            Tell(RequestEvent.Flow.Instance);
            for (int round = 0; round < 40 * Length; round++)
            {
                while (_messages.Count > 0) Arrive(0);
                foreach (var id in _ids) Produce(id);
                while (_messages.Count > 0) Arrive(0);
                if (Entity.IsDone && !Entity.NeedsRetry && _copies.Values.All(copy => copy is null || copy.IsDone)) return;

                Tell(RequestEvent.Silent.Instance);
                Tell(RequestEvent.Retry.Instance);
                foreach (var id in _ids) Repeat(id);
            }

            Assert.Fail($"Does not settle: {Entity}");
        }

        public void AssertEnded(FinishReason reason)
        {
            Assert.Equal([reason], _ends);
            Assert.Equal(Enumerable.Range(0, _delivered.Count).Select(Token), _delivered);
            Assert.Equal(_submitted.OrderBy(epoch => epoch), _submitted);
        }

        public void AssertWhole(FinishReason reason)
        {
            AssertEnded(reason);
            Assert.Equal(Length, _delivered.Count);
        }

        /// <summary>A request of which nothing was delivered may be told that all who could be asked are full; any other is served.</summary>
        public void AssertWholeOrRefused()
        {
            if (Entity.Phase != RequestPhase.Failed)
            {
                AssertWhole(FinishReason.Length);
                return;
            }

            Assert.Equal(FailureKind.Overloaded, Entity.Failure!.Kind);
            AssertEnded(FinishReason.Failed);
            Assert.Empty(_delivered);
        }

        private void Perform(RequestEffect effect)
        {
            switch (effect)
            {
                case RequestEffect.Place place:
                    var free = _ids.Where(id => !place.Excluding.Contains(id) && !_suspected.Contains(id)).ToArray();
                    Send(() => Tell(free.Length == 0
                        ? new RequestEvent.NotPlaced(FailureKind.Unavailable, "None.")
                        : new RequestEvent.Placed(free[_messages.Count % free.Length])));
                    break;
                case RequestEffect.Submit submit:
                    _submitted.Add(submit.Epoch);
                    Send(() => OnSubmit(submit));
                    break;
                case RequestEffect.Stop stop:
                    Send(() => OnStop(stop));
                    break;
                case RequestEffect.Acknowledge acknowledge:
                    Send(() => Copy(acknowledge.Instance, acknowledge.Epoch)?.Acknowledge(acknowledge.NextIndex, acknowledge.Ended));
                    break;
                case RequestEffect.Resend resend:
                    Send(() => OnResend(resend));
                    break;
                case RequestEffect.Deliver deliver:
                    Assert.Equal(_delivered.Count, deliver.FirstIndex);
                    Assert.Empty(_ends);
                    _delivered.AddRange(_arrived.AsSpan(deliver.Skip, deliver.Count));
                    break;
                case RequestEffect.End end:
                    _ends.Add(end.Reason);
                    break;
                default:
                    Assert.Fail($"Unexpected {effect}");
                    break;
            }
        }

        private void Send(Action message) => _messages.Add(message);

        private void Arrive(int index)
        {
            var message = _messages[index];
            _messages.RemoveAt(index);
            message();
        }

        private OutboundTokens<int>? Copy(InstanceId id, Epoch epoch) => _copies[id] is { } copy && copy.Epoch == epoch ? copy : null;

        private void OnSubmit(RequestEffect.Submit submit)
        {
            var (id, epoch, next) = submit;
            if (_newest.GetValueOrDefault(id) > epoch) return;
            if (Copy(id, epoch) is null)
            {
                bool known = _newest.GetValueOrDefault(id) == epoch;
                if (known || (epoch.Placement + next) % 4 == 0)
                {
                    _newest[id] = epoch;
                    Send(() => Tell(new RequestEvent.Refused(id, epoch, PlacementRefusal.QueueFull, "Full.")));
                    return;
                }

                _newest[id] = epoch;
                _copies[id] = new OutboundTokens<int>(epoch, next, maxUnacknowledged: 4);
            }

            Send(() => Tell(new RequestEvent.Accepted(id, epoch)));
        }

        private void OnStop(RequestEffect.Stop stop)
        {
            var (id, epoch) = stop;
            if (_newest.GetValueOrDefault(id) < epoch) _newest[id] = epoch;
            if (_copies[id] is { } copy && copy.Epoch <= epoch) _copies[id] = null;
            Send(() => Tell(new RequestEvent.Stopped(id, epoch)));
        }

        private void OnResend(RequestEffect.Resend resend)
        {
            var (id, epoch, from) = resend;
            if (Copy(id, epoch) is { } copy)
            {
                copy.ResendFrom(from);
                Frame(id, copy);
            }
            else
            {
                Send(() => Tell(new RequestEvent.NotHere(id, epoch)));
            }
        }

        private void Produce(InstanceId id)
        {
            if (_copies[id] is not { } copy) return;
            if (copy.Finish == FinishReason.None && !copy.Paused)
            {
                copy.Append(Token(copy.NextIndex));
                if (copy.NextIndex == Length) copy.End(FinishReason.Length);
            }

            Frame(id, copy);
        }

        /// <summary>What an instance does about silence: an entity that lives answers what it no longer wants by a stop.</summary>
        private void Repeat(InstanceId id)
        {
            if (_copies[id] is not { } copy) return;
            copy.ResendFrom(copy.AcknowledgedIndex);
            Frame(id, copy);
        }

        private void Frame(InstanceId id, OutboundTokens<int> copy)
        {
            if (!copy.TryTake(out int first, out var span, out var finish)) return;
            int[] tokens = span.ToArray();
            var epoch = copy.Epoch;
            Send(() =>
            {
                _arrived = tokens;
                Tell(new RequestEvent.Tokens(id, epoch, first, tokens.Length, finish));
            });
        }
    }
}
