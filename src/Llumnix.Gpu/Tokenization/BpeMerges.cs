using System.Runtime.InteropServices;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// The merge rules of byte-pair encoding: while any rule applies to two neighbouring symbols, the one of lowest rank is applied, the
/// leftmost of several. Rules may share a rank (SentencePiece pieces of one score).
/// </summary>
internal sealed class BpeMerges
{
    // Below this, finding the best pair by looking at all of them is faster than a queue.
    private const int ScanLimit = 48;
    private const int NoRule = int.MaxValue;

    private readonly Dictionary<ulong, Rule> _rules = [];

    public void Add(int left, int right, int rank, int merged) => _rules[Key(left, right)] = new Rule(rank, merged);

    /// <summary>Merges in place; returns how many symbols are left.</summary>
    public int Apply(Span<int> symbols) => symbols.Length <= ScanLimit ? ApplyByScan(symbols) : ApplyByQueue(symbols);

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Rank(int left, int right) => _rules.TryGetValue(Key(left, right), out var rule) ? rule.Rank : NoRule;

    private int ApplyByScan(Span<int> symbols)
    {
        int count = symbols.Length;
        Span<int> ranks = stackalloc int[ScanLimit];
        for (int i = 0; i + 1 < count; i++) ranks[i] = Rank(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < count; i++)
            {
                if (ranks[i] < ranks[best]) best = i;
            }

            if (ranks[best] == NoRule) break;
            symbols[best] = _rules[Key(symbols[best], symbols[best + 1])].Merged;
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            ranks[(best + 1)..(count - 1)].CopyTo(ranks[best..]);
            count--;
            if (best > 0) ranks[best - 1] = Rank(symbols[best - 1], symbols[best]);
            if (best + 1 < count) ranks[best] = Rank(symbols[best], symbols[best + 1]);
        }

        return count;
    }

    // SentencePiece text is one word however long it is, so this must not be quadratic.
    private int ApplyByQueue(Span<int> symbols)
    {
        int count = symbols.Length;
        var next = new int[count];
        var previous = new int[count];
        var queue = new PriorityQueue<int, (int Rank, int Position)>(count);
        for (int i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        const int Gone = -2;
        for (int i = 0; i + 1 < count; i++) Enqueue(symbols, i, i + 1);
        while (queue.TryDequeue(out int at, out var priority))
        {
            int after = next[at];
            // An entry is stale when its left symbol was merged away or its pair has become another.
            if (after == Gone || after >= count || !_rules.TryGetValue(Key(symbols[at], symbols[after]), out var rule) || rule.Rank != priority.Rank)
                continue;

            symbols[at] = rule.Merged;
            int beyond = next[after];
            next[at] = beyond;
            next[after] = Gone;
            if (beyond < count)
            {
                previous[beyond] = at;
                Enqueue(symbols, at, beyond);
            }

            if (previous[at] >= 0) Enqueue(symbols, previous[at], at);
        }

        int kept = 0;
        for (int i = 0; i < count; i = next[i]) symbols[kept++] = symbols[i];
        return kept;

        void Enqueue(Span<int> all, int left, int right)
        {
            int rank = Rank(all[left], all[right]);
            if (rank != NoRule) queue.Enqueue(left, (rank, left));
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Rule(int Rank, int Merged);
}
