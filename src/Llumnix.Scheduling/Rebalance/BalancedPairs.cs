namespace Llumnix.Scheduling.Rebalance;

/// <summary>
/// Pairing that looks at what each move brings. Beyond <see cref="FreenessPairs"/>: waiting requests, which have no KV to copy, go to where
/// they can start at once; an instance may give to and take from several others in a round, up to so many requests at a time, those under
/// way counted; where a waiting request fits nowhere, running ones make room for it, but only where the room made would suffice; a
/// terminating instance is emptied over all that have room.
/// </summary>
/// <remarks>
/// A move is ordered only if its destination stays better off, by <c>least-gain</c>, than its source was (a move off a terminating instance:
/// if there is room), so the worse of the two sides gets better with every move and a load that stays as it is comes to rest; and every order is bounded in blocks so that, whatever requests the source chooses, the destination is left no worse off than the
/// source was. Sizes of single requests are not known here: reports tell means by class.
/// </remarks>
public sealed class BalancedPairs : IRebalancePolicy
{
    /// <summary>How many destinations are tried for one move before it is given up: the best first, so the next hardly do better.</summary>
    private const int Tries = 8;

    private readonly RebalancePolicyOptions _options;
    private readonly List<BalanceSide> _sources = [];
    private readonly PriorityQueue<BalanceSide, (double Worth, InstanceId Instance)> _destinations = new(Comparer<(double Worth, InstanceId Instance)>.Create(
        static (left, right) => right.Worth.CompareTo(left.Worth) is var order and not 0 ? order : left.Instance.CompareTo(right.Instance)));
    private readonly List<BalanceSide> _tried = [];
    private readonly List<Plan> _plans = [];

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public BalancedPairs(RebalancePolicyOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <inheritdoc/>
    public void Pair(ReadOnlySpan<RebalanceInstance> instances, ICollection<MoveOrder> orders)
    {
        _sources.Clear();
        _destinations.Clear();
        foreach (var instance in instances)
        {
            var side = new BalanceSide(instance, _options);
            bool terminating = instance.Report.Terminating;
            if (terminating || side.IsBlocked || side.Worth < _options.SourceBelow)
            {
                if (side.Running + side.Waiting > 0 && side.Gives > 0) _sources.Add(side);
            }
            else if (side.Worth > _options.DestinationAbove && side.Waiting == 0 && side.Takes > 0)
            {
                Enter(side);
            }
        }

        _sources.Sort(static (left, right) =>
            left.Worth.CompareTo(right.Worth) is var order and not 0 ? order : left.Instance.CompareTo(right.Instance));
        foreach (var source in _sources)
        {
            if (_destinations.Count == 0) break;

            _plans.Clear();
            MoveWaiting(source);
            if (source.Report.Terminating || source.WorthWithoutHead < _options.SourceBelow || CanDefragment(source)) MoveRunning(source);
            Order(source, orders);
        }
    }

    private void Enter(BalanceSide destination) => _destinations.Enqueue(destination, (destination.Worth, destination.Instance));

    private void MoveWaiting(BalanceSide source)
    {
        while (source.Gives > 0 && (source.Report.Terminating ? source.Waiting > 0 : source.IsBlocked))
        {
            int demand = source.NextDemand;
            var priority = FirstWaiting(source);

            double least = source.Report.Terminating ? 0 : Math.Max(0, source.Before) + _options.LeastGain;
            if (TryFind(side => side.HasPlace && side.Room >= demand && side.WorthWith(demand, priority, _options.Headrooms) >= least) is not { } destination) return;

            Note(source, destination, MoveKind.Waiting, demand);
            source.GiveWaiting(demand);
            destination.Take(demand, priority, _options.Headrooms);
            Leave(destination);
        }
    }

    private void MoveRunning(BalanceSide source)
    {
        bool terminating = source.Report.Terminating;
        var priority = source.FirstToGo;
        while (source.Gives > 0 && source.Running > 0 && (terminating || source.IsBlocked || source.WorthWithoutHead < _options.SourceBelow))
        {
            int blocks = source.NextBlocks;
            double least = terminating ? 0 : Math.Max(0, source.Worth) + _options.LeastGain;

            // Unless it makes room for one that waits, a move must not make a new source of its destination or turn the two round.
            if (!terminating && !source.IsBlocked) least = Math.Max(least, Math.Min(source.WorthWithout(blocks), _options.SourceBelow));
            if (TryFind(side => side.HasPlace && side.Room >= blocks && side.WorthWith(blocks, priority, _options.Headrooms) >= least) is not { } destination) return;

            Note(source, destination, MoveKind.Running, blocks);
            source.GiveRunning(blocks);
            destination.Take(blocks, priority, _options.Headrooms);
            Leave(destination);
        }
    }

    /// <summary>Whether the running requests of a source whose head of line is blocked for want of blocks could make room for it elsewhere.</summary>
    private bool CanDefragment(BalanceSide source)
    {
        if (!source.IsBlocked || source.Missing <= 0) return false;

        int blocks = source.MeanBlocks;
        long room = 0;
        foreach (var (side, _) in _destinations.UnorderedItems) room += Math.Max(0, side.Room) / blocks * blocks;
        return room >= source.Missing;
    }

    /// <summary>The best destination that will do, taken out of the queue until <see cref="Leave"/>; null where none of the best will.</summary>
    private BalanceSide? TryFind(Predicate<BalanceSide> willDo)
    {
        BalanceSide? found = null;
        _tried.Clear();
        while (found is null && _tried.Count < Tries && _destinations.TryDequeue(out var side, out _))
        {
            if (willDo(side)) found = side;
            else _tried.Add(side);
        }

        foreach (var side in _tried) Enter(side);
        return found;
    }

    /// <summary>Puts a destination back that has taken a request, if it can take more.</summary>
    private void Leave(BalanceSide destination)
    {
        if (destination.Takes > 0 && destination.Worth > _options.LeastGain) Enter(destination);
    }

    private static Priority FirstWaiting(BalanceSide source)
    {
        var classes = source.Report.Load.Classes;
        int rank = Array.FindIndex(classes, one => one.Waiting > 0);
        return new Priority((byte)Math.Max(0, rank));
    }

    /// <summary>Plans one request more from a source to a destination, which has not taken it yet.</summary>
    private void Note(BalanceSide source, BalanceSide destination, MoveKind kind, int blocks)
    {
        int index = _plans.FindIndex(plan => plan.Destination == destination && plan.Kind == kind);
        var plan = index >= 0
            ? _plans[index]
            : new Plan(destination, kind, 0, 0, destination.Free - Math.Max(0, source.Before) * destination.Running, destination.Room);
        plan = plan with { Count = plan.Count + 1, Blocks = plan.Blocks + blocks };
        if (index >= 0) _plans[index] = plan;
        else _plans.Add(plan);
    }

    /// <summary>
    /// The orders, each with a bound in blocks: up to twice what was thought, as sizes vary, but no more than leaves the destination, whatever
    /// else it gets of this source, as well off per request as the source was.
    /// </summary>
    private void Order(BalanceSide source, ICollection<MoveOrder> orders)
    {
        double worth = Math.Max(0, source.Before);
        for (int i = 0; i < _plans.Count; i++)
        {
            var plan = _plans[i];
            double most = Math.Min(plan.Room, Math.Floor(plan.Left - worth * plan.Count));
            for (int other = 0; other < _plans.Count; other++)
            {
                if (other == i || _plans[other].Destination != plan.Destination) continue;

                // Of those before, what they may bring beyond what was thought when this one was planned; of those behind, all.
                most -= other < i ? _plans[other].Slack : Math.Ceiling(_plans[other].Blocks + worth * _plans[other].Count);
            }

            int bound = (int)Math.Min(2.0 * plan.Blocks, most);
            _plans[i] = plan with { Slack = bound - plan.Blocks };
            plan.Destination.SetAside(bound - plan.Blocks);
            bool makesRoom = plan.Kind == MoveKind.Running && !source.Report.Terminating && source.Report.Load.Waiting > 0;
            orders.Add(new MoveOrder(source.Instance, plan.Destination.Instance, new MoveLimits(plan.Count)
            {
                Kind = plan.Kind,
                MaxBlocks = bound,
                EnoughBlocks = makesRoom ? plan.Blocks : int.MaxValue,
            }));
        }
    }

    /// <summary>What of a source goes to one destination.</summary>
    /// <param name="Destination">Where.</param>
    /// <param name="Kind">Waiting or running ones.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Blocks">About how many blocks they have together.</param>
    /// <param name="Left">Blocks the destination had left, less those for which its own requests are to be as well off as the source's were.</param>
    /// <param name="Room">Blocks it had room for.</param>
    /// <param name="Slack">Blocks that its order may bring beyond those thought of; set when it is ordered.</param>
    private readonly record struct Plan(BalanceSide Destination, MoveKind Kind, int Count, int Blocks, double Left, int Room, int Slack = 0);
}
