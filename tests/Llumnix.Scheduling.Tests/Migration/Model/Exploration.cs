using System.Diagnostics;
using System.Globalization;

namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>
/// Visits every world that can be reached, breadth first. Of a world that was visited 64 bits are kept, so two of n worlds are taken for one
/// with a probability of n x n / 2^65: one in 3000 for a hundred million.
/// </summary>
internal sealed class Exploration : Worlds.ISteps
{
    private const int MostSettleSteps = 5_000;

    private readonly Worlds _worlds;
    private readonly Configuration _configuration;
    private readonly int _maxWorlds;
    private readonly Worlds.World _scratch = new();
    private readonly Worlds.World _settling = new();
    private readonly HashTable _visited = new();
    private readonly HashTable _settles = new();
    private readonly List<ulong> _settlePath = [];
    private readonly List<int> _parents = [];
    private readonly List<uint> _steps = [];
    private List<int> _next = [];
    private int _parent = -1;

    private Exploration(Configuration configuration, int maxWorlds)
    {
        _configuration = configuration;
        _maxWorlds = maxWorlds;
        _worlds = new Worlds(configuration);
    }

    /// <summary>What was visited.</summary>
    /// <param name="Visited">Worlds.</param>
    /// <param name="Depth">Steps to the farthest of them.</param>
    /// <param name="Complete">Whether those are all there are.</param>
    /// <param name="Sizes">States of the parts.</param>
    /// <param name="Transitions">What the state machines went through.</param>
    /// <param name="Took">How long it took.</param>
    public sealed record Result(int Visited, int Depth, bool Complete, string Sizes, IReadOnlyCollection<string> Transitions, TimeSpan Took)
    {
        /// <inheritdoc/>
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Visited:N0} worlds, {Depth} steps deep, {(Complete ? "all there are" : "cut off there")} ({Sizes}; {Took.TotalSeconds:0.0} s)");
    }

    /// <summary>Visits at most so many worlds, or all there are.</summary>
    /// <exception cref="InvalidOperationException">A promise is broken; with the steps that lead there.</exception>
    public static Result Run(Configuration configuration, int maxWorlds) => new Exploration(configuration, maxWorlds).Run();

    public void Add(Worlds.World next, Worlds.StepKind kind, int what, int whom)
    {
        _worlds.Prune(next);
        if (_parents.Count >= _maxWorlds || !_visited.Add(next.Hash)) return;

        _parents.Add(_parent);
        _steps.Add((uint)kind | ((uint)(whom + 1) << 4) | ((uint)what << 10));
        var numbers = next.Numbers;
        _next.Add(numbers.Length);
        foreach (int number in numbers) _next.Add(number);
    }

    private Result Run()
    {
        long started = Stopwatch.GetTimestamp();
        Add(_worlds.Start(), default, 0, 0);
        int depth = 0;
        int world = 0;
        bool cutOff = false;
        while (_next.Count > 0 && !cutOff)
        {
            var layer = _next;
            _next = [];
            var numbers = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(layer);
            for (int at = 0; at < numbers.Length; at += 1 + numbers[at])
            {
                _parent = world++;
                Visit(numbers.Slice(at + 1, numbers[at]));
            }

            cutOff = _parents.Count >= _maxWorlds;
            depth++;
        }

        return new Result(_parents.Count, depth, !cutOff, _worlds.Sizes, _worlds.Transitions, Stopwatch.GetElapsedTime(started));
    }

    private void Visit(ReadOnlySpan<int> world)
    {
        try
        {
            if (_worlds.Wrong(world) is { } wrong) throw new InvalidOperationException(wrong);
            Settle(world);
            _worlds.Step(world, _scratch, this);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\nin: {_configuration}\nafter:\n{PathTo(_parent)}\nin the world:\n{_worlds.Describe(world)}", e);
        }
    }

    /// <summary>Sees that from here on, if nothing fails any more, all ends well.</summary>
    private void Settle(ReadOnlySpan<int> world)
    {
        _settling.Set(world);
        Worlds.EndFaults(_settling);
        _settlePath.Clear();
        while (true)
        {
            ulong hash = _settling.Hash;
            if (_settles.Contains(hash)) break;
            _settlePath.Add(hash);
            if (_worlds.IsSettled(_settling.Numbers)) break;
            if (_settlePath.Count > MostSettleSteps) throw new InvalidOperationException($"it does not end:\n{_worlds.Describe(_settling.Numbers)}\n");
            _worlds.SettleStep(_settling);
            _worlds.Prune(_settling);
        }

        foreach (ulong hash in _settlePath) _settles.Add(hash);
    }

    private string PathTo(int world)
    {
        var names = new List<string>();
        for (; world > 0; world = _parents[world])
        {
            uint step = _steps[world];
            names.Add(_worlds.Describe((Worlds.StepKind)(step & 15), (int)(step >> 10), (int)((step >> 4) & 63) - 1));
        }

        names.Reverse();
        return string.Join('\n', names);
    }

    /// <summary>A set of hashes in open addressing.</summary>
    private sealed class HashTable
    {
        private ulong[] _slots = new ulong[1 << 16];
        private int _count;

        public bool Contains(ulong hash) => _slots[Place(_slots, hash)] != 0;

        public bool Add(ulong hash)
        {
            hash |= 1;
            int place = Place(_slots, hash);
            if (_slots[place] != 0) return false;
            _slots[place] = hash;
            if (++_count > _slots.Length / 3 * 2) Grow();
            return true;
        }

        private static int Place(ulong[] slots, ulong hash)
        {
            hash |= 1;
            int mask = slots.Length - 1;
            int place = (int)(hash >> 17) & mask;
            while (slots[place] != 0 && slots[place] != hash) place = (place + 1) & mask;
            return place;
        }

        private void Grow()
        {
            ulong[] slots = new ulong[_slots.Length * 2];
            foreach (ulong hash in _slots)
            {
                if (hash != 0) slots[Place(slots, hash)] = hash;
            }

            _slots = slots;
        }
    }
}
