using System.Numerics;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>
/// One request's entities, the instances, the client and the messages between them. A world is a row of numbers: what may still happen, the
/// client, one number for each entity's and each instance's state, and the messages, sorted; states are looked up by their numbers, and
/// what an event does to one is worked out once.
/// </summary>
/// <remarks>
/// Messages are a set without order, or in order where the configuration says so, each lost or delivered twice as the budget says; one
/// that nothing will ever come of is left out. An acknowledgement is there at once or lost. A time-out fires where no message is on its
/// way, or as the budget says. Nothing is older than the resume-window.
/// </remarks>
internal sealed class Worlds
{
    private const int BudgetPlace = 0;
    private const int ClientPlace = 1;
    private const int EntitiesPlace = 2;
    private const int OneFault = 1 << 8;

    private const int OwnAction = -1;
    private const int TakeOver = -1000;
    private const int Refuse = -1000;

    private readonly Configuration _configuration;
    private readonly int _gateways;
    private readonly int _instances;
    private readonly Interner<ModelEntity> _entityStates = new(FieldText.Of);
    private readonly Interner<ModelInstance> _instanceStates = new();
    private readonly Interner<Message> _messages = new();
    private readonly Dictionary<long, EntityResult> _entityResults = [];
    private readonly Dictionary<long, InstanceResult> _instanceResults = [];
    private readonly List<InstanceFacts> _facts = [];
    private readonly List<MessageFacts> _messageFacts = [];
    private readonly int[] _deadInstances;
    private readonly int[] _deadEntities;
    private readonly SortedSet<string> _transitions = new(StringComparer.Ordinal);
    private int _startEntity;
    private int[] _startInstances = [];

    public Worlds(Configuration configuration)
    {
        _configuration = configuration;
        _gateways = configuration.Gateways.Length;
        _instances = configuration.Instances;
        _deadInstances = [.. Enumerable.Range(0, _instances).Select(i => NumberOf(new ModelInstance(i, configuration.Length) { Alive = false }))];
        _deadEntities = [.. configuration.Gateways.Select((uid, g) => _entityStates.NumberOf(new ModelEntity(g, uid) { Alive = false }))];
    }

    private int InstancesPlace => EntitiesPlace + _gateways;

    private int MessagesPlace => InstancesPlace + _instances;

    /// <summary>What the state machines went through.</summary>
    public IReadOnlyCollection<string> Transitions => _transitions;

    public string Sizes => $"{_entityStates.Count} entity states, {_instanceStates.Count} instance states, {_messages.Count} messages";

    public World Start()
    {
        var world = new World();
        world.Add(_configuration.Moves + (_configuration.Faults * OneFault));
        world.Add(0);
        for (int g = 0; g < _gateways; g++) world.Add(_entityStates.NumberOf(new ModelEntity(g, _configuration.Gateways[g])));
        for (int i = 0; i < _instances; i++) world.Add(NumberOf(new ModelInstance(i, _configuration.Length)));
        Do(world, 0, ModelEntity.Own.Begin, acknowledged: true);
        _startEntity = world[EntitiesPlace];
        _startInstances = world.Numbers[InstancesPlace..MessagesPlace].ToArray();
        return world;
    }

    /// <summary>A world under way: its numbers, in memory that is used again.</summary>
    public sealed class World
    {
        private int[] _numbers = new int[64];

        public int Length { get; private set; }

        public ReadOnlySpan<int> Numbers => _numbers.AsSpan(0, Length);

        public ref int this[int place] => ref _numbers[place];

        public ulong Hash
        {
            get
            {
                ulong hash = 0x9E3779B97F4A7C15;
                foreach (int number in Numbers) hash = BitOperations.RotateLeft((hash ^ (uint)number) * 0xBF58476D1CE4E5B9, 27) * 0x94D049BB133111EB;
                return hash ^ (hash >> 31);
            }
        }

        public void Set(ReadOnlySpan<int> numbers)
        {
            while (_numbers.Length < numbers.Length) Array.Resize(ref _numbers, 2 * _numbers.Length);
            numbers.CopyTo(_numbers);
            Length = numbers.Length;
        }

        public void Add(int number)
        {
            if (Length == _numbers.Length) Array.Resize(ref _numbers, 2 * Length);
            _numbers[Length++] = number;
        }

        public void InsertAt(int place, int number)
        {
            Add(0);
            Array.Copy(_numbers, place, _numbers, place + 1, Length - place - 1);
            _numbers[place] = number;
        }

        public void RemoveAt(int place)
        {
            Array.Copy(_numbers, place + 1, _numbers, place, Length - place - 1);
            Length--;
        }
    }

    /// <summary>Leaves out messages that will change nothing whenever they come.</summary>
    public void Prune(World world)
    {
        for (int m = world.Length - 1; m >= MessagesPlace; m--)
        {
            if (IsIdle(world.Numbers, world[m])) world.RemoveAt(m);
        }
    }

    /// <summary>
    /// Whether nothing will ever come of a message: the migration it is about is over on both sides, or its entity has gone on to a later
    /// epoch. Neither migrations nor epochs come back.
    /// </summary>
    private bool IsIdle(ReadOnlySpan<int> world, int number)
    {
        var facts = MessageFactsOf(number);
        switch (facts.EndsWith)
        {
            case EndsWith.Source:
                return !GoesOut(world, facts);
            case EndsWith.Destination:
                return IsOver(world, facts);
            case EndsWith.Both:
                return IsOver(world, facts) && !GoesOut(world, facts);
            case EndsWith.Watch:
                return (FactsOf(world, facts.To).Peers & (1 << facts.Source)) == 0;
            case EndsWith.Recovery:
                return !_entityStates[world[EntitiesPlace + facts.To]].Recovers;
            case EndsWith.Placement:
                return _entityStates[world[EntitiesPlace + facts.To]].State is { } entity && (facts.Epoch < entity.Epoch || !entity.IsLive);
            case EndsWith.Grant:
                return _entityStates[world[EntitiesPlace + facts.To]].State is { } state
                    && facts.Epoch <= state.Newest && state.Move?.Epoch != facts.Epoch;
            default:
                return false;
        }
    }

    private bool GoesOut(ReadOnlySpan<int> world, in MessageFacts facts) => FactsOf(world, facts.Source).OutMove == facts.Move;

    private bool IsOver(ReadOnlySpan<int> world, in MessageFacts facts) => (FactsOf(world, facts.To).Over & (1L << facts.Move)) != 0;

    private MessageFacts MessageFactsOf(int number)
    {
        for (int i = _messageFacts.Count; i <= number; i++) _messageFacts.Add(MessageFacts.Of(_messages[i]));
        return _messageFacts[number];
    }

    /// <summary>Takes the worlds that may be next.</summary>
    public interface ISteps
    {
        void Add(World next, StepKind kind, int what, int whom);
    }

    public enum StepKind
    {
        Deliver,
        DeliverUnacknowledged,
        DeliverRefused,
        Repeat,
        Drop,
        StageFails,
        Place,
        Instance,
        Entity,
        EntityUnacknowledged,
        InstanceCrashes,
        GatewayCrashes,
        ClientComes,
        ClientComesWithSuspect,
    }

    public string Describe(StepKind kind, int what, int whom) => kind switch
    {
        StepKind.Deliver or StepKind.DeliverUnacknowledged or StepKind.DeliverRefused or StepKind.Repeat or StepKind.Drop or StepKind.StageFails =>
            $"{kind} {_messages[what]}",
        StepKind.Place => $"the dispatcher of gateway {what} names {(whom < 0 ? "nobody" : ModelInstance.IdOf(whom))}",
        StepKind.Instance => $"{ModelInstance.IdOf(what)}: {(ModelInstance.Own)whom}",
        StepKind.Entity or StepKind.EntityUnacknowledged => $"gateway {what}: {(ModelEntity.Own)whom}",
        StepKind.InstanceCrashes => $"{ModelInstance.IdOf(what)} crashes",
        StepKind.GatewayCrashes => $"gateway {what} crashes",
        StepKind.ClientComes => $"the client comes to gateway {what}",
        _ => $"the client comes to gateway {what}, where {ModelInstance.IdOf(whom)} is suspected",
    };

    public string Describe(ReadOnlySpan<int> world)
    {
        var lines = new List<string> { $"client: at gateway {Attached(world[ClientPlace])}, {Got(world[ClientPlace])} tokens, {EndOf(world[ClientPlace])}" };
        for (int g = 0; g < _gateways; g++)
        {
            var entity = _entityStates[world[EntitiesPlace + g]];
            lines.Add($"{entity} stops: {string.Join(", ", entity.State?.Stops ?? [])}");
        }

        for (int i = 0; i < _instances; i++) lines.Add(_instanceStates[world[InstancesPlace + i]].ToString());
        for (int m = MessagesPlace; m < world.Length; m++) lines.Add(_messages[world[m]].ToString());
        return string.Join('\n', lines);
    }

    /// <summary>All worlds that may be next.</summary>
    public void Step(ReadOnlySpan<int> from, World scratch, ISteps steps)
    {
        var budget = from[BudgetPlace] >= OneFault ? _configuration.Kinds : Faults.None;
        for (int m = MessagesPlace; m < from.Length; m++)
        {
            bool overtakes = _configuration.InOrder && m > MessagesPlace && ChannelOf(from[m - 1]) == ChannelOf(from[m]);
            if (!overtakes) StepMessage(from, m, budget, scratch, steps);
        }

        bool quiet = from.Length == MessagesPlace;
        for (int i = 0; i < _instances; i++) StepInstance(from, i, budget, quiet, scratch, steps);
        for (int g = 0; g < _gateways; g++) StepEntity(from, g, budget, quiet, scratch, steps);
        StepClient(from, budget, scratch, steps);
    }

    /// <summary>What is wrong with a world whatever comes; null where nothing is.</summary>
    public string? Wrong(ReadOnlySpan<int> world)
    {
        for (int i = 0; i < _instances; i++)
        {
            var instance = _instanceStates[world[InstancesPlace + i]];
            if (instance.Out is { State.Phase: SourcePhase.Committing or SourcePhase.Deciding } && instance.Runs) return "it runs at a source that has sent its commit";
            if (!instance.Runs) continue;
            for (int j = 0; j < i; j++)
            {
                var other = _instanceStates[world[InstancesPlace + j]];
                if (other.Runs && other.Copy!.Epoch == instance.Copy!.Epoch) return "two copies run in one epoch";
            }
        }

        return null;
    }

    /// <summary>Whether all is over, and well.</summary>
    public bool IsSettled(ReadOnlySpan<int> world)
    {
        if (world.Length > MessagesPlace) return false;
        int client = world[ClientPlace];
        if (EndOf(client) == ClientEnd.None && !_deadEntities.Contains(world[EntitiesPlace + _gateways - 1])) return false;
        for (int g = 0; g < _gateways; g++)
        {
            var entity = _entityStates[world[EntitiesPlace + g]];
            if (entity.Alive && !entity.IsDone) return false;
        }

        bool anyAlive = false;
        for (int i = 0; i < _instances; i++)
        {
            var instance = _instanceStates[world[InstancesPlace + i]];
            if (instance.Alive && !instance.HoldsNothing) return false;
            anyAlive |= instance.Alive;
        }

        Assert.False(EndOf(client) == ClientEnd.Failed && anyAlive, "the request failed although an instance lives");
        return true;
    }

    /// <summary>Nothing fails from here on.</summary>
    public static void EndFaults(World world) => world[BudgetPlace] = 0;

    /// <summary>One step towards the end where nothing fails any more and all is repeated until it is answered.</summary>
    public void SettleStep(World world)
    {
        if (world.Length > MessagesPlace)
        {
            int message = world[MessagesPlace];
            world.RemoveAt(MessagesPlace);
            if (_messages[message].To.Kind == NodeKind.Dispatcher) Place(world, message, last: true);
            else Deliver(world, message, refuses: false, acknowledged: true);
            return;
        }

        if (NextGateway(world.Numbers) is { } next) Come(world, next, suspect: -1);
        for (int i = 0; i < _instances; i++)
        {
            if (!FactsOf(world.Numbers, i).Alive) continue;
            if (FactsOf(world.Numbers, i).TakesOut) Do(world, i, ModelInstance.Own.TakeOut);
            if (FactsOf(world.Numbers, i).Runs) Do(world, i, ModelInstance.Own.Produce);
            if (Lapses(world.Numbers, i)) Do(world, i, ModelInstance.Own.Lapse);
            if (FactsOf(world.Numbers, i).Migrates) Do(world, i, ModelInstance.Own.Retry);
            if (IsOrphan(world.Numbers, i)) Do(world, i, ModelInstance.Own.Orphan);
        }

        for (int g = 0; g < _gateways; g++)
        {
            var entity = _entityStates[world[EntitiesPlace + g]];
            if (!entity.Alive || !entity.Exists) continue;
            if (entity.IsLive && Attached(world[ClientPlace]) != g) Do(world, g, ModelEntity.Own.Cancel, acknowledged: true);
            else if (entity.State is not null) Do(world, g, ModelEntity.Own.Silence, acknowledged: true);
            Do(world, g, ModelEntity.Own.Retry, acknowledged: true);
        }
    }

    private void StepMessage(ReadOnlySpan<int> from, int place, Faults budget, World scratch, ISteps steps)
    {
        int number = from[place];
        var message = _messages[number];
        if (message.To.Kind == NodeKind.Dispatcher)
        {
            int excluded = ((MessageBody.Place)message.Body).Excluded;
            bool any = false;
            for (int i = 0; i < _instances; i++)
            {
                if ((excluded & (1 << i)) != 0 || !FactsOf(from, i).Alive) continue;
                // While nothing has happened to any instance, they are all alike.
                if (any && from[EntitiesPlace] == _startEntity && from[InstancesPlace..MessagesPlace].SequenceEqual(_startInstances)) break;
                any = true;
                Take(from, place, scratch);
                Do(scratch, message.To.Number, ModelEntity.Own.PlacedAtA + i, acknowledged: true);
                steps.Add(scratch, StepKind.Place, message.To.Number, i);
            }

            if (any) return;
            Take(from, place, scratch);
            Do(scratch, message.To.Number, ModelEntity.Own.NotPlaced, acknowledged: true);
            steps.Add(scratch, StepKind.Place, message.To.Number, -1);
            return;
        }

        Take(from, place, scratch);
        bool acknowledges = Deliver(scratch, number, refuses: false, acknowledged: true);
        steps.Add(scratch, StepKind.Deliver, number, 0);
        if (acknowledges)
        {
            Take(from, place, scratch);
            Deliver(scratch, number, refuses: false, acknowledged: false);
            steps.Add(scratch, StepKind.DeliverUnacknowledged, number, 0);
        }

        if (budget.HasFlag(Faults.Refusal) && message.Body is MessageBody.Reserve or MessageBody.Commit or MessageBody.Stage)
        {
            Take(from, place, scratch);
            scratch[BudgetPlace] -= OneFault;
            Deliver(scratch, number, refuses: true, acknowledged: true);
            steps.Add(scratch, StepKind.DeliverRefused, number, 0);
        }

        if (budget.HasFlag(Faults.StageFailure) && message.Body is MessageBody.Stage or MessageBody.StageDone)
        {
            Take(from, place, scratch);
            scratch[BudgetPlace] -= OneFault;
            var move = message.Body is MessageBody.Stage stage ? stage.Move : ((MessageBody.StageDone)message.Body).Move;
            Send(scratch, _messages.NumberOf(new Message(message.From, Node.Instance(move.Source), new MessageBody.StageFailed(move))));
            steps.Add(scratch, StepKind.StageFails, number, 0);
        }

        if (!message.Body.Faulty) return;
        if (budget.HasFlag(Faults.Drop))
        {
            Take(from, place, scratch);
            scratch[BudgetPlace] -= OneFault;
            steps.Add(scratch, StepKind.Drop, number, 0);
        }

        if (budget.HasFlag(Faults.Repeat))
        {
            scratch.Set(from);
            scratch[BudgetPlace] -= OneFault;
            Deliver(scratch, number, refuses: false, acknowledged: true);
            steps.Add(scratch, StepKind.Repeat, number, 0);
        }
    }

    private void StepInstance(ReadOnlySpan<int> from, int i, Faults budget, bool quiet, World scratch, ISteps steps)
    {
        var facts = FactsOf(from, i);
        if (!facts.Alive) return;
        if (facts.Runs) Own(from, i, ModelInstance.Own.Produce, scratch, steps);
        if (facts.TakesOut) Own(from, i, ModelInstance.Own.TakeOut, scratch, steps);
        if (facts.Runs && !facts.Migrates && from[BudgetPlace] % OneFault > 0)
        {
            for (int j = 0; j < _instances; j++)
            {
                if (j != i && FactsOf(from, j).Alive) Own(from, i, ModelInstance.Own.StartMoveToA + j, scratch, steps, cost: 1);
            }
        }

        if (facts.Runs && facts.Migrates && budget.HasFlag(Faults.Preemption)) Own(from, i, ModelInstance.Own.Preempt, scratch, steps, OneFault);
        if (facts.OpenSources != 0 && budget.HasFlag(Faults.Lapse)) Own(from, i, ModelInstance.Own.Lapse, scratch, steps, OneFault);
        if ((facts.Migrates || facts.OpenSources != 0) && budget.HasFlag(Faults.Suspicion))
            Own(from, i, ModelInstance.Own.SuspectPeer, scratch, steps, OneFault);
        if (facts.Migrates && quiet) Own(from, i, ModelInstance.Own.Retry, scratch, steps);
        else if (facts.Migrates && budget.HasFlag(Faults.EarlyTimeout)) Own(from, i, ModelInstance.Own.Retry, scratch, steps, OneFault);
        if (quiet && Lapses(from, i)) Own(from, i, ModelInstance.Own.Lapse, scratch, steps);
        if (quiet && IsOrphan(from, i)) Own(from, i, ModelInstance.Own.Orphan, scratch, steps);
        if (!budget.HasFlag(Faults.Crash)) return;
        scratch.Set(from);
        scratch[BudgetPlace] -= OneFault;
        Crash(scratch, i);
        steps.Add(scratch, StepKind.InstanceCrashes, i, 0);
    }

    private void StepEntity(ReadOnlySpan<int> from, int g, Faults budget, bool quiet, World scratch, ISteps steps)
    {
        var entity = _entityStates[from[EntitiesPlace + g]];
        if (!entity.Alive || !entity.Exists) return;
        bool attached = Attached(from[ClientPlace]) == g;
        bool early = !quiet && budget.HasFlag(Faults.EarlyTimeout);
        if (quiet || early)
        {
            int cost = early ? OneFault : 0;
            if (entity.Recovery is { NeedsRetry: true } || entity.State is { NeedsRetry: true }) Own(from, g, ModelEntity.Own.Retry, scratch, steps, cost);
            if (entity.State is { IsLive: true, Step: PlacementStep.Accepted }) Own(from, g, ModelEntity.Own.Silence, scratch, steps, cost);
        }

        if (quiet && entity.IsLive && !attached) Own(from, g, ModelEntity.Own.Cancel, scratch, steps);
        if (entity.IsLive && attached && budget.HasFlag(Faults.Cancel)) Own(from, g, ModelEntity.Own.Cancel, scratch, steps, OneFault);
        if (budget.HasFlag(Faults.Suspicion))
        {
            for (int i = 0; i < _instances; i++)
            {
                if (FactsOf(from, i).Alive) Own(from, g, ModelEntity.Own.SuspectA + i, scratch, steps, OneFault);
            }
        }

        if (!budget.HasFlag(Faults.GatewayCrash)) return;
        scratch.Set(from);
        scratch[BudgetPlace] -= OneFault;
        scratch[EntitiesPlace + g] = _deadEntities[g];
        RemoveMessages(scratch, to => to.Kind != NodeKind.Instance && to.Number == g);
        steps.Add(scratch, StepKind.GatewayCrashes, g, 0);
    }

    private void StepClient(ReadOnlySpan<int> from, Faults budget, World scratch, ISteps steps)
    {
        int client = from[ClientPlace];
        int next = Attached(client) + 1;
        bool needs = NextGateway(from) is not null;
        if (!needs && (next >= _gateways || EndOf(client) != ClientEnd.None || !budget.HasFlag(Faults.Takeover))) return;

        scratch.Set(from);
        if (!needs) scratch[BudgetPlace] -= OneFault;
        Come(scratch, next, suspect: -1);
        steps.Add(scratch, StepKind.ClientComes, next, 0);
        if (!budget.HasFlag(Faults.Suspicion) || (!needs && from[BudgetPlace] < 2 * OneFault)) return;
        for (int i = 0; i < _instances; i++)
        {
            if (!FactsOf(from, i).Alive) continue;
            scratch.Set(from);
            scratch[BudgetPlace] -= needs ? OneFault : 2 * OneFault;
            Come(scratch, next, i);
            steps.Add(scratch, StepKind.ClientComesWithSuspect, next, i);
        }
    }

    /// <summary>Where the client comes next because its gateway is dead or has lost the request to another.</summary>
    private int? NextGateway(ReadOnlySpan<int> world)
    {
        int client = world[ClientPlace];
        int attached = Attached(client);
        bool lost = EndOf(client) == ClientEnd.Superseded
            || (EndOf(client) == ClientEnd.None && world[EntitiesPlace + attached] == _deadEntities[attached]);
        return lost && attached + 1 < _gateways ? attached + 1 : null;
    }

    /// <summary>The client comes to a gateway, with the tokens it has and the whole body.</summary>
    private void Come(World world, int gateway, int suspect)
    {
        world[ClientPlace] = ClientOf(gateway, Got(world[ClientPlace]), ClientEnd.None);
        int there = 0;
        for (int i = 0; i < _instances; i++) there |= FactsOf(world.Numbers, i).Alive ? 1 << i : 0;
        Apply(world, gateway, EntityResultOf(world[EntitiesPlace + gateway], TakeOver - (((suspect + 1) << _instances) | there)), acknowledged: true);
    }

    private static void Take(ReadOnlySpan<int> from, int place, World scratch)
    {
        scratch.Set(from);
        scratch.RemoveAt(place);
    }

    private void Own(ReadOnlySpan<int> from, int i, ModelInstance.Own own, World scratch, ISteps steps, int cost = 0)
    {
        scratch.Set(from);
        scratch[BudgetPlace] -= cost;
        Do(scratch, i, own);
        steps.Add(scratch, StepKind.Instance, i, (int)own);
    }

    private void Own(ReadOnlySpan<int> from, int g, ModelEntity.Own own, World scratch, ISteps steps, int cost = 0)
    {
        scratch.Set(from);
        scratch[BudgetPlace] -= cost;
        Do(scratch, g, own, acknowledged: true);
        steps.Add(scratch, StepKind.Entity, g, (int)own);
    }

    /// <summary>Delivers a message; returns whether acknowledgements went out.</summary>
    private bool Deliver(World world, int number, bool refuses, bool acknowledged)
    {
        var message = _messages[number];
        if (message.To.Kind == NodeKind.Gateway)
        {
            int g = message.To.Number;
            return Apply(world, g, EntityResultOf(world[EntitiesPlace + g], number), acknowledged);
        }

        int i = message.To.Number;
        Apply(world, i, InstanceResultOf(world[InstancesPlace + i], refuses ? Refuse - number : number));
        return false;
    }

    private void Place(World world, int number, bool last)
    {
        var message = _messages[number];
        int excluded = ((MessageBody.Place)message.Body).Excluded;
        int chosen = -1;
        for (int i = 0; i < _instances; i++)
        {
            if ((excluded & (1 << i)) == 0 && FactsOf(world.Numbers, i).Alive && (last || chosen < 0)) chosen = i;
        }

        Do(world, message.To.Number, chosen < 0 ? ModelEntity.Own.NotPlaced : ModelEntity.Own.PlacedAtA + chosen, acknowledged: true);
    }

    private void Do(World world, int i, ModelInstance.Own own) =>
        Apply(world, i, InstanceResultOf(world[InstancesPlace + i], OwnAction - (int)own));

    private void Do(World world, int g, ModelEntity.Own own, bool acknowledged) =>
        Apply(world, g, EntityResultOf(world[EntitiesPlace + g], OwnAction - (int)own), acknowledged);

    /// <param name="state">The entity's.</param>
    /// <param name="action">A message's number, or <see cref="OwnAction"/> or <see cref="TakeOver"/> less which.</param>
    private EntityResult EntityResultOf(int state, int action)
    {
        long key = ((long)state << 32) | (uint)action;
        if (_entityResults.TryGetValue(key, out var known)) return known;

        var step = new ModelEntity.Step(_entityStates[state], _transitions);
        if (action >= 0)
        {
            step.Take(_messages[action].Body);
        }
        else if (action > TakeOver)
        {
            step.Do((ModelEntity.Own)(OwnAction - action));
        }
        else
        {
            int which = TakeOver - action;
            int suspect = (which >> _instances) - 1;
            step.TakeOver(
                Enumerable.Range(0, _instances).Where(i => (which & (1 << i)) != 0), suspect < 0 ? [] : [ModelInstance.IdOf(suspect)]);
        }

        int got = step.Delivered.Count == 0 ? 0 : step.Delivered.Max(delivered => delivered.First + delivered.Count);
        var end = step.Ended switch
        {
            null => ClientEnd.None,
            RequestPhase.Finished => ClientEnd.Finished,
            RequestPhase.Cancelled => ClientEnd.Cancelled,
            _ => step.Failure == FailureKind.Superseded ? ClientEnd.Superseded : ClientEnd.Failed,
        };
        var result = new EntityResult(
            _entityStates.NumberOf(step.State),
            [.. step.Sent.Select(_messages.NumberOf)],
            [.. step.Acknowledged.Select(ack => (ack.Instance, _messages.NumberOf(new Message(Node.Gateway(step.State.Gateway), Node.Instance(ack.Instance), ack.What))))],
            got,
            end);
        if (end == ClientEnd.Finished)
            Assert.True(step.State.State!.Inbound.NextIndex == _configuration.Length, $"it ended with {step.State.State.Inbound.NextIndex} tokens");
        _entityResults.Add(key, result);
        return result;
    }

    private bool Apply(World world, int g, EntityResult result, bool acknowledged)
    {
        world[EntitiesPlace + g] = result.State;
        int client = world[ClientPlace];
        if (Attached(client) == g)
        {
            var end = EndOf(client);
            if (result.End != ClientEnd.None)
            {
                Assert.True(end == ClientEnd.None, $"the client is told {result.End} after {end}");
                Assert.True(result.End != ClientEnd.Superseded || IsSuperseded(world.Numbers, g), "the request failed because of another gateway, but none has it");
                end = result.End;
            }

            world[ClientPlace] = ClientOf(g, Math.Max(Got(client), result.Got), end);
        }

        foreach (int message in result.Sent) Send(world, message);
        if (!acknowledged) return true;
        bool changes = false;
        foreach (var (instance, ack) in result.Acknowledged)
        {
            if (!FactsOf(world.Numbers, instance).Alive) continue;
            int before = world[InstancesPlace + instance];
            Apply(world, instance, InstanceResultOf(before, ack));
            changes |= world[InstancesPlace + instance] != before;
        }

        return changes;
    }

    /// <summary>Whether another gateway drew a newer incarnation; of one that died that is not known.</summary>
    private bool IsSuperseded(ReadOnlySpan<int> world, int g)
    {
        var own = _entityStates[world[EntitiesPlace + g]].State!.Epoch;
        for (int other = 0; other < _gateways; other++)
        {
            var entity = _entityStates[world[EntitiesPlace + other]];
            if (other != g && (entity.State is { } state ? own.IsTakenOverBy(state.Newest) : !entity.Alive && other > 0)) return true;
        }

        return false;
    }

    /// <param name="state">The instance's.</param>
    /// <param name="action">A message's number, or <see cref="Refuse"/> less that, or <see cref="OwnAction"/> less which.</param>
    private InstanceResult InstanceResultOf(int state, int action)
    {
        long key = ((long)state << 32) | (uint)action;
        if (_instanceResults.TryGetValue(key, out var known)) return known;

        bool refuses = action <= Refuse;
        var step = new ModelInstance.Step(_instanceStates[state], refuses, _transitions);
        if (refuses) step.Take(_messages[Refuse - action].Body);
        else if (action >= 0) step.Take(_messages[action].Body);
        else step.Do((ModelInstance.Own)(OwnAction - action));
        var result = new InstanceResult(NumberOf(step.State), [.. step.Sent.Select(_messages.NumberOf)]);
        _instanceResults.Add(key, result);
        return result;
    }

    private void Apply(World world, int i, InstanceResult result)
    {
        var before = FactsOf(world.Numbers, i);
        world[InstancesPlace + i] = result.State;
        foreach (int message in result.Sent) Send(world, message);

        // An instance watches the other ends of its migrations; of one that is dead already it hears at once.
        int watched = FactsOf(world.Numbers, i).Peers & ~before.Peers;
        for (int j = 0; watched >> j != 0; j++)
        {
            if ((watched & (1 << j)) != 0 && !FactsOf(world.Numbers, j).Alive) TellOfDeath(world, i, j);
        }
    }

    private void TellOfDeath(World world, int i, int dead) =>
        Send(world, _messages.NumberOf(new Message(Node.Instance(dead), Node.Instance(i), new MessageBody.PeerDied(dead))));

    private void Send(World world, int number)
    {
        var to = _messages[number].To;
        bool there = to.Kind == NodeKind.Instance
            ? FactsOf(world.Numbers, to.Number).Alive
            : world[EntitiesPlace + to.Number] != _deadEntities[to.Number];
        if (!there) return;
        int place = world.Length;
        if (_configuration.InOrder)
        {
            while (place > MessagesPlace && ChannelOf(world[place - 1]) > ChannelOf(number)) place--;
        }
        else
        {
            int found = world.Numbers[MessagesPlace..].BinarySearch(number);
            if (found >= 0) return;
            place = MessagesPlace + ~found;
        }

        world.InsertAt(place, number);
    }

    /// <summary>Names the way from its sender to its receiver.</summary>
    private int ChannelOf(int message) => (_messages[message].From.Place * 16) + _messages[message].To.Place;

    private void Crash(World world, int i)
    {
        world[InstancesPlace + i] = _deadInstances[i];
        RemoveMessages(world, to => to.Kind == NodeKind.Instance && to.Number == i);
        for (int j = 0; j < _instances; j++)
        {
            if ((FactsOf(world.Numbers, j).Peers & (1 << i)) != 0) TellOfDeath(world, j, i);
        }

        for (int g = 0; g < _gateways; g++)
        {
            if (_entityStates[world[EntitiesPlace + g]].Exists)
                Send(world, _messages.NumberOf(new Message(Node.Instance(i), Node.Gateway(g), new MessageBody.InstanceDied(ModelInstance.IdOf(i)))));
        }
    }

    private void RemoveMessages(World world, Func<Node, bool> to)
    {
        for (int m = world.Length - 1; m >= MessagesPlace; m--)
        {
            if (to(_messages[world[m]].To)) world.RemoveAt(m);
        }
    }

    /// <summary>Whether a reservation's source has ended its migration or is gone.</summary>
    private bool Lapses(ReadOnlySpan<int> world, int i)
    {
        if (FactsOf(world, i).OpenSources == 0) return false;
        foreach (var incoming in _instanceStates[world[InstancesPlace + i]].In)
        {
            if (incoming.IsOpen && _instanceStates[world[InstancesPlace + incoming.Move.Source]].Out?.Move != incoming.Move) return true;
        }

        return false;
    }

    /// <summary>Whether nobody acknowledges what a copy sends.</summary>
    private bool IsOrphan(ReadOnlySpan<int> world, int i)
    {
        if (_instanceStates[world[InstancesPlace + i]].Copy is not { Finished: false } copy) return false;
        for (int g = 0; g < _gateways; g++)
        {
            if (_entityStates[world[EntitiesPlace + g]].Owns(copy.Epoch)) return false;
        }

        return true;
    }

    private int NumberOf(ModelInstance instance)
    {
        int number = _instanceStates.NumberOf(instance);
        if (number == _facts.Count)
        {
            int sources = 0;
            foreach (var incoming in instance.In) sources |= incoming.IsOpen ? 1 << incoming.Move.Source : 0;
            _facts.Add(new InstanceFacts(
                instance.Alive,
                instance.Runs,
                instance.Out is not null,
                instance.Out is { TakeOutPending: true } && instance.Runs,
                sources,
                sources | (instance.Out is { } migration ? 1 << migration.To : 0),
                instance.Out?.Move.Place ?? -1,
                instance.In.Where(incoming => !incoming.IsOpen).Aggregate(0L, (over, incoming) => over | (1L << incoming.Move.Place))));
        }

        return number;
    }

    private InstanceFacts FactsOf(ReadOnlySpan<int> world, int i) => _facts[world[InstancesPlace + i]];

    private static int Attached(int client) => client & 15;

    private static int Got(int client) => (client >> 4) & 255;

    private static ClientEnd EndOf(int client) => (ClientEnd)(client >> 12);

    private static int ClientOf(int attached, int got, ClientEnd end) => attached | (got << 4) | ((int)end << 12);

    /// <summary>What the client was told in the end.</summary>
    private enum ClientEnd
    {
        None,
        Finished,
        Cancelled,
        Failed,
        Superseded,
    }

    /// <param name="Alive">Whether it lives.</param>
    /// <param name="Runs">Whether the request runs there.</param>
    /// <param name="Migrates">Whether a migration goes out of it.</param>
    /// <param name="TakesOut">Whether the request leaves the batch at the next step boundary.</param>
    /// <param name="OpenSources">The sources of migrations into it that have not ended, a bit each.</param>
    /// <param name="Peers">The other ends of its migrations.</param>
    /// <param name="OutMove">The migration that goes out of it; -1 where none does.</param>
    /// <param name="Over">The migrations into it that have ended, a bit each.</param>
    private readonly record struct InstanceFacts(
        bool Alive, bool Runs, bool Migrates, bool TakesOut, int OpenSources, int Peers, int OutMove, long Over);

    /// <summary>With what a message becomes idle.</summary>
    private enum EndsWith
    {
        Nothing,
        Source,
        Destination,
        Both,
        Watch,
        Recovery,
        Placement,
        Grant,
    }

    private readonly record struct MessageFacts(EndsWith EndsWith, int To, int Source, int Move, Epoch Epoch)
    {
        public static MessageFacts Of(Message message)
        {
            int to = message.To.Number;
            return message.Body switch
            {
                MessageBody.Reserved e => About(EndsWith.Source, e.Move),
                MessageBody.Refused e => About(EndsWith.Source, e.Move),
                MessageBody.Committed e => About(EndsWith.Source, e.Move),
                MessageBody.Unknown e => About(EndsWith.Source, e.Move),
                MessageBody.StageDone e => About(EndsWith.Source, e.Move),
                MessageBody.StageFailed e => About(EndsWith.Source, e.Move),
                MessageBody.Abort e => About(EndsWith.Destination, e.Move),
                MessageBody.Reserve e => About(EndsWith.Both, e.Move),
                MessageBody.Commit e => About(EndsWith.Both, e.Move),
                MessageBody.Stage e => About(EndsWith.Both, e.Move),
                MessageBody.PeerDied e => new MessageFacts(EndsWith.Watch, to, e.Instance, -1, default),
                MessageBody.ToRecovery => new MessageFacts(EndsWith.Recovery, to, 0, -1, default),
                MessageBody.ToEntity { Happened: RequestEvent.NotHere e } => new MessageFacts(EndsWith.Placement, to, 0, -1, e.Epoch),
                MessageBody.ToEntity { Happened: RequestEvent.Refused e } => new MessageFacts(EndsWith.Placement, to, 0, -1, e.Epoch),
                MessageBody.ToEntity { Happened: RequestEvent.MovedOn e } => new MessageFacts(EndsWith.Placement, to, 0, -1, e.Epoch),
                MessageBody.ToEntity { Happened: RequestEvent.MoveAborted e } => new MessageFacts(EndsWith.Grant, to, 0, -1, e.Granted),
                _ => default,
            };

            MessageFacts About(EndsWith end, Move move) => new(end, to, move.Source, move.Place, default);
        }
    }


    private sealed record EntityResult(int State, int[] Sent, (int Instance, int Message)[] Acknowledged, int Got, ClientEnd End);

    private sealed record InstanceResult(int State, int[] Sent);
}
