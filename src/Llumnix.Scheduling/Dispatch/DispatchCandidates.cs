using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// The instances of one model that could take a request: live, not terminating, not excluded. Kept in two orders, by id and by the rank a
/// policy gives them, that change with each instance's load, so that a decision need not look at all of them. Belongs to a load view.
/// </summary>
public sealed class DispatchCandidates
{
    private readonly List<int> _excludedById = [];
    private readonly List<int> _excludedByRank = [];
    private InstanceLoad[] _byId = new InstanceLoad[16];
    private InstanceLoad[] _byRank = new InstanceLoad[16];
    private double[] _ranks = new double[16];
    private IDispatchPolicy? _policy;
    private int _listed;

    internal DispatchCandidates()
    {
    }

    /// <summary>How many there are, at least one when a policy is asked.</summary>
    public int Count => _listed - _excludedById.Count;

    /// <summary>Instances of the model that the view knows, able to take requests or not.</summary>
    internal int Known { get; set; }

    /// <summary>Whether instances that could take it are excluded.</summary>
    internal bool AnyExcluded => _excludedById.Count > 0;

    /// <summary>The one of this number in the order of ids.</summary>
    public InstanceLoad this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _byId[PassOver(_excludedById, index)];
        }
    }

    /// <summary>The one of the lowest rank; of equals that of the lowest id.</summary>
    public InstanceLoad Best => _byRank[PassOver(_excludedByRank, 0)];

    /// <summary>One of those whose rank is at most <paramref name="within"/> above the best, each with the same chance.</summary>
    /// <param name="within">0 or more.</param>
    /// <param name="draw">A random number in [0, 1).</param>
    public InstanceLoad DrawBest(double within, double draw)
    {
        double limit = Best.Rank + within;
        int low = 0;
        int high = _listed;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_ranks[middle] <= limit) low = middle + 1;
            else high = middle;
        }

        int count = low;
        foreach (int position in _excludedByRank)
        {
            if (position < low) count--;
        }

        if (draw is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(draw), draw, "A draw is at least 0 and below 1.");
        return _byRank[PassOver(_excludedByRank, (int)(draw * count))];
    }

    /// <summary>The one of this id; null where it is none of them.</summary>
    public InstanceLoad? Find(InstanceId instance)
    {
        int index = IndexById(instance);
        return index >= 0 && !_excludedById.Contains(index) ? _byId[index] : null;
    }

    /// <summary>The first whose id comes after <paramref name="instance"/>, or the first of all where none does.</summary>
    public InstanceLoad After(InstanceId instance)
    {
        int index = IndexById(instance);
        int next = index >= 0 ? index + 1 : ~index;
        for (int i = 0; i <= _excludedById.Count; i++, next++)
        {
            if (next >= _listed) next = 0;
            if (!_excludedById.Contains(next)) break;
        }

        return _byId[next];
    }

    /// <summary>Begins a decision: without <paramref name="excluded"/>, in the order of <paramref name="policy"/>.</summary>
    internal void Begin(IDispatchPolicy policy, ReadOnlySpan<InstanceId> excluded)
    {
        if (!ReferenceEquals(policy, _policy))
        {
            _policy = policy;
            RankAll();
        }

        _excludedById.Clear();
        _excludedByRank.Clear();
        foreach (var instance in excluded)
        {
            int index = IndexById(instance);
            if (index < 0 || _excludedById.Contains(index)) continue;

            _excludedById.Add(index);
            _excludedByRank.Add(IndexByRank(_byId[index], _byId[index].Rank));
        }

        if (_excludedById.Count <= 1) return;
        _excludedById.Sort();
        _excludedByRank.Sort();
    }

    /// <summary>Takes an instance in that can take requests.</summary>
    internal void Add(InstanceLoad load)
    {
        if (_listed == _byId.Length)
        {
            Array.Resize(ref _byId, _listed * 2);
            Array.Resize(ref _byRank, _listed * 2);
            Array.Resize(ref _ranks, _listed * 2);
        }

        int index = ~IndexById(load.Instance);
        Array.Copy(_byId, index, _byId, index + 1, _listed - index);
        _byId[index] = load;
        load.Rank = RankOf(load);
        int place = ~IndexByRank(load, load.Rank);
        Array.Copy(_byRank, place, _byRank, place + 1, _listed - place);
        Array.Copy(_ranks, place, _ranks, place + 1, _listed - place);
        _byRank[place] = load;
        _ranks[place] = load.Rank;
        _listed++;
    }

    /// <summary>Takes an instance out.</summary>
    internal void Remove(InstanceLoad load)
    {
        int index = IndexById(load.Instance);
        int place = IndexByRank(load, load.Rank);
        _listed--;
        Array.Copy(_byId, index + 1, _byId, index, _listed - index);
        _byId[_listed] = null!;
        Array.Copy(_byRank, place + 1, _byRank, place, _listed - place);
        Array.Copy(_ranks, place + 1, _ranks, place, _listed - place);
        _byRank[_listed] = null!;
    }

    /// <summary>An instance's load has changed: moves it to where its rank now belongs.</summary>
    internal void Changed(InstanceLoad load)
    {
        double rank = RankOf(load);
        if (rank.Equals(load.Rank)) return;

        int from = IndexByRank(load, load.Rank);
        int to = ~IndexByRank(load, rank);
        if (to > from)
        {
            // It leaves its old place, so those between move up by one.
            to--;
            Array.Copy(_byRank, from + 1, _byRank, from, to - from);
            Array.Copy(_ranks, from + 1, _ranks, from, to - from);
        }
        else
        {
            Array.Copy(_byRank, to, _byRank, to + 1, from - to);
            Array.Copy(_ranks, to, _ranks, to + 1, from - to);
        }

        load.Rank = rank;
        _byRank[to] = load;
        _ranks[to] = rank;
    }

    /// <summary>The index of the element that has this number among those not excluded; <paramref name="excluded"/> is sorted.</summary>
    private static int PassOver(List<int> excluded, int number)
    {
        for (int i = 0; i < excluded.Count && excluded[i] <= number; i++) number++;
        return number;
    }

    private double RankOf(InstanceLoad load) => _policy?.Rank(load) ?? 0;

    private void RankAll()
    {
        for (int i = 0; i < _listed; i++)
        {
            _byId[i].Rank = RankOf(_byId[i]);
            _byRank[i] = _byId[i];
        }

        _byRank.AsSpan(0, _listed).Sort(static (left, right) =>
            left.Rank.CompareTo(right.Rank) is var order and not 0 ? order : left.Instance.CompareTo(right.Instance));
        for (int i = 0; i < _listed; i++) _ranks[i] = _byRank[i].Rank;
    }

    /// <summary>Where the instance is, or the complement of where it would be.</summary>
    private int IndexById(InstanceId instance)
    {
        int low = 0;
        int high = _listed - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = _byId[middle].Instance.CompareTo(instance);
            if (order == 0) return middle;

            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    /// <summary>Where the instance is by this rank, or the complement of where it would be.</summary>
    private int IndexByRank(InstanceLoad load, double rank)
    {
        int low = 0;
        int high = _listed - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = _ranks[middle].CompareTo(rank);
            if (order == 0) order = _byRank[middle].Instance.CompareTo(load.Instance);
            if (order == 0) return middle;

            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
