using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Sampling;

/// <summary>
/// The distribution one token is drawn from. Token t weighs exp((logit t - largest logit) / temperature), so the likeliest weighs 1,
/// rounded to a multiple of 2^-35. A sum of up to 2^18 such weights is exact in double precision: the order of summation does not matter,
/// which leaves selection free to go the fastest way and keeps every draw the same on every machine.
/// </summary>
/// <remarks>The likelier of two tokens is the one of larger weight, of equal ones that of lower id. One user at a time.</remarks>
internal sealed class TokenWeights
{
    /// <summary>The largest vocabulary whose sums of weights are exact.</summary>
    public const int MaxVocabulary = 1 << 18;

    private const int Width = 16;
    private const int ChunkLength = 256;

    /// <summary>Below it the float format is finer than 2^-35; adding and subtracting it rounds to that step.</summary>
    private const float FineBelow = 1f / (1 << 12);

    /// <summary>exp of it rounds to weight 0.</summary>
    private const float ZeroBelow = -25.5f;

    /// <summary>
    /// The cuts tried to find candidates for top-k and top-p: most distributions have all they keep above the first.
    /// The last lets in every token that can be drawn.
    /// </summary>
    private static readonly float[] Cuts = [1f / (1 << 6), 1f / (1 << 12), 1f / (1L << 36)];

    private readonly float[] _weights;
    private readonly double[] _chunkSums;
    private ulong[] _keys = new ulong[1024];

    public TokenWeights(int vocabularySize)
    {
        if (vocabularySize > MaxVocabulary)
        {
            throw new ArgumentOutOfRangeException(nameof(vocabularySize),
                $"A vocabulary of {vocabularySize} tokens cannot be sampled from: sums of weights are exact up to {MaxVocabulary}.");
        }

        _weights = new float[(vocabularySize + Width - 1) / Width * Width];
        _chunkSums = new double[(vocabularySize + ChunkLength - 1) / ChunkLength];
    }

    /// <summary>The weight of one token; 0 if it is left out.</summary>
    public float this[int token] => _weights[token];

    /// <summary>The sum of all weights.</summary>
    public double Total { get; private set; }

    /// <summary>Weighs every token; those under <paramref name="minP"/> are left out.</summary>
    public void Set(ReadOnlySpan<float> logits, float max, float temperature, float minP)
    {
        var shift = Vector512.Create(max);
        var scale = Vector512.Create(1 / temperature);
        var fine = Vector512.Create(FineBelow);
        var least = Vector512.Create(minP);
        Span<float> padded = stackalloc float[Width];
        ref float target = ref MemoryMarshal.GetArrayDataReference(_weights);
        double total = 0;
        for (int chunk = 0; chunk < _chunkSums.Length; chunk++)
        {
            var low = Vector512<double>.Zero;
            var high = Vector512<double>.Zero;
            int end = Math.Min((chunk + 1) * ChunkLength, logits.Length);
            for (int i = chunk * ChunkLength; i < end; i += Width)
            {
                Vector512<float> x = (LogitScan.Load(logits, i, padded) - shift) * scale;
                Vector512<float> weight = PortableMath.Exp(Vector512.Max(x, Vector512.Create(ZeroBelow)));
                weight = Vector512.ConditionalSelect(Vector512.LessThan(weight, fine), weight + fine - fine, weight);
                weight = Vector512.AndNot(weight, Vector512.LessThan(weight, least));
                weight.StoreUnsafe(ref target, (nuint)i);
                (Vector512<double> first, Vector512<double> second) = Vector512.Widen(weight);
                low += first;
                high += second;
            }

            double sum = Vector512.Sum(low + high);
            _chunkSums[chunk] = sum;
            total += sum;
        }

        Total = total;
    }

    /// <summary>
    /// Draws a token: the first, in the order of ids, at which the running sum of weights exceeds <paramref name="uniform"/> times
    /// <see cref="Total"/>. <paramref name="uniform"/> lies in [0, 1).
    /// </summary>
    public int Draw(double uniform)
    {
        double mass = uniform * Total;
        double sum = 0;
        int chunk = 0;
        while (chunk < _chunkSums.Length - 1 && sum + _chunkSums[chunk] <= mass) sum += _chunkSums[chunk++];
        int last = -1;
        for (int token = chunk * ChunkLength; token < _weights.Length; token++)
        {
            if (_weights[token] == 0) continue;
            sum += _weights[token];
            if (sum > mass) return token;
            last = token;
        }

        throw new UnreachableException($"The weights up to token {last} sum to {sum}, not above {mass} of {Total}.");
    }

    /// <summary>
    /// Draws a token among those that remain when only the <paramref name="topK"/> likeliest are kept (0 keeps all) and of these only the
    /// likeliest whose weights reach <paramref name="topP"/> of theirs, again in the order of ids.
    /// </summary>
    public int Draw(double uniform, int topK, float topP)
    {
        int count = Gather(topK, topP);
        Span<ulong> keys = _keys.AsSpan(0, count);
        double total = Total;
        if (topK > 0)
        {
            if (topK < count) keys = keys[..SelectFirst(keys, topK)];
            total = Sum(keys);
        }

        if (topP < 1)
        {
            keys = keys[..SelectMass(keys, topP * total, exceed: false)];
            total = Sum(keys);
        }

        // What is left in a key without its weight orders by id.
        for (int i = 0; i < keys.Length; i++) keys[i] = (uint)keys[i];
        int drawn = SelectMass(keys, uniform * total, exceed: true);
        return (int)keys[drawn - 1];
    }

    /// <summary>Collects keys of the likeliest tokens, at least all that top-k and top-p keep; a likelier token has a smaller key.</summary>
    private int Gather(int topK, float topP)
    {
        for (int level = 0; ; level++)
        {
            var cut = Vector512.Create(Cuts[level]);
            ref float weights = ref MemoryMarshal.GetArrayDataReference(_weights);
            int count = 0;
            double mass = 0;
            for (int i = 0; i < _weights.Length; i += Width)
            {
                Vector512<float> weight = Vector512.LoadUnsafe(ref weights, (nuint)i);
                ulong above = Vector512.GreaterThanOrEqual(weight, cut).ExtractMostSignificantBits();
                if (above == 0) continue;
                if (count + Width > _keys.Length) Array.Resize(ref _keys, Math.Max(2 * _keys.Length, count + Width));
                for (; above != 0; above &= above - 1)
                {
                    int token = i + BitOperations.TrailingZeroCount(above);
                    mass += _weights[token];
                    _keys[count++] = ((ulong)~BitConverter.SingleToUInt32Bits(_weights[token]) << 32) | (uint)token;
                }
            }

            // Top-p of what top-k keeps is a part of it, so with top-k its count is enough.
            bool enough = topK > 0 ? count >= topK : mass >= topP * Total;
            if (enough || level == Cuts.Length - 1) return count;
        }
    }

    private double Sum(ReadOnlySpan<ulong> keys)
    {
        double sum = 0;
        foreach (ulong key in keys) sum += _weights[(uint)key];
        return sum;
    }

    /// <summary>Moves the <paramref name="count"/> smallest keys to the front; returns <paramref name="count"/>.</summary>
    private static int SelectFirst(Span<ulong> keys, int count)
    {
        int from = 0, to = keys.Length;
        for (int round = 0; to - from > 1; round++)
        {
            if (round == MaxRounds(keys.Length))
            {
                keys[from..to].Sort();
                break;
            }

            int pivot = from + Partition(keys[from..to]);
            if (pivot >= count) to = pivot;
            else from = pivot + 1;
        }

        return count;
    }

    /// <summary>
    /// Moves to the front the fewest smallest keys whose weights reach (or, with <paramref name="exceed"/>, exceed)
    /// <paramref name="mass"/>; returns how many they are, at least 1. All of them must do so.
    /// </summary>
    private int SelectMass(Span<ulong> keys, double mass, bool exceed)
    {
        double before = 0;
        int from = 0, to = keys.Length;
        for (int round = 0; to - from > 1; round++)
        {
            if (round == MaxRounds(keys.Length))
            {
                keys[from..to].Sort();
                while (from < to - 1 && !Reached(before += _weights[(uint)keys[from]])) from++;
                return from + 1;
            }

            int pivot = from + Partition(keys[from..to]);
            double upTo = before + Sum(keys[from..pivot]);
            if (pivot > from && Reached(upTo))
            {
                to = pivot;
                continue;
            }

            before = upTo + _weights[(uint)keys[pivot]];
            if (Reached(before)) return pivot + 1;
            from = pivot + 1;
        }

        return Math.Max(1, to);

        bool Reached(double sum) => exceed ? sum > mass : sum >= mass;
    }

    /// <summary>Halving takes log2 rounds; four times that means the pivots are bad, and sorting bounds the time.</summary>
    private static int MaxRounds(int length) => 4 * (BitOperations.Log2((uint)length) + 1);

    /// <summary>Parts the keys around the median of the first, middle and last; returns where that one stands.</summary>
    private static int Partition(Span<ulong> keys)
    {
        int middle = keys.Length / 2, last = keys.Length - 1;
        if (keys[middle] < keys[0]) (keys[0], keys[middle]) = (keys[middle], keys[0]);
        if (keys[last] < keys[0]) (keys[0], keys[last]) = (keys[last], keys[0]);
        if (keys[last] < keys[middle]) (keys[middle], keys[last]) = (keys[last], keys[middle]);
        (keys[middle], keys[last]) = (keys[last], keys[middle]);
        ulong pivot = keys[last];
        int place = 0;
        for (int i = 0; i < last; i++)
        {
            if (keys[i] >= pivot) continue;
            (keys[place], keys[i]) = (keys[i], keys[place]);
            place++;
        }

        (keys[place], keys[last]) = (keys[last], keys[place]);
        return place;
    }
}
