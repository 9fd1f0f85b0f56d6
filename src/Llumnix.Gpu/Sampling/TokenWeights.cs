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

    /// <summary>How many tokens around a border are few enough to sort.</summary>
    private const int SortedBorder = 512;

    /// <summary>The smallest positive weight, 2^-35.</summary>
    private static readonly uint LeastBits = BitConverter.SingleToUInt32Bits(1f / (1L << 35));

    /// <summary>Where the search for a border starts: most distributions have all they keep above it, and little else.</summary>
    private static readonly uint FirstGuessBits = BitConverter.SingleToUInt32Bits(1f / (1 << 6));

    private readonly float[] _weights;
    private readonly double[] _chunkSums;
    private readonly ulong[] _border = new ulong[SortedBorder];

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
    /// Draws a token among those that remain when only the <paramref name="topK"/> likeliest are kept (0 keeps all) and of these only the
    /// likeliest whose weights reach <paramref name="topP"/> of theirs: the first, in the order of ids, at which the running sum of weights
    /// exceeds <paramref name="uniform"/>, in [0, 1), times the sum of those kept.
    /// </summary>
    public int Draw(double uniform, int topK, float topP)
    {
        ulong last = ulong.MaxValue;
        double total = Total;
        if (topK > 0 && Measure(LeastBits).Count > topK)
        {
            last = Border(topK, byMass: false);
            total = MassUpTo(last, double.PositiveInfinity).Mass;
        }

        if (topP < 1)
        {
            last = Border(topP * total, byMass: true);
            total = MassUpTo(last, double.PositiveInfinity).Mass;
        }

        double mass = uniform * total;
        (double sum, int chunk) = MassUpTo(last, mass);
        for (int token = chunk * ChunkLength; token < _weights.Length; token++)
        {
            if (_weights[token] == 0 || Key(token) > last) continue;
            sum += _weights[token];
            if (sum > mass) return token;
        }

        throw new UnreachableException($"The weights of the tokens kept sum to {sum}, not above {mass} of {total}.");
    }

    /// <summary>Orders tokens: a likelier one has a smaller key.</summary>
    private ulong Key(int token) => ((ulong)~BitConverter.SingleToUInt32Bits(_weights[token]) << 32) | (uint)token;

    /// <summary>
    /// The key of the last token kept when the likeliest are, as few as are <paramref name="target"/> (or, by mass, as weigh that much).
    /// Bisects over the bits of weights, which order as the weights do, until few tokens or tokens of one weight are left.
    /// </summary>
    private ulong Border(double target, bool byMass)
    {
        uint low = LeastBits, high = BitConverter.SingleToUInt32Bits(1) + 1, guess = FirstGuessBits;
        int countFromLow = int.MaxValue, countFromHigh = 0;
        double reached = 0;
        while (high - low > 1 && countFromLow - countFromHigh > SortedBorder)
        {
            (int count, double mass) = Measure(guess);
            double measure = byMass ? mass : count;
            if (measure >= target)
            {
                low = guess;
                countFromLow = count;
            }
            else
            {
                high = guess;
                countFromHigh = count;
                reached = measure;
            }

            guess = low + ((high - low) / 2);
        }

        return countFromLow - countFromHigh > SortedBorder ? AmongEqual(low, target, byMass, reached) : AmongFew(low, high, target, byMass, reached);
    }

    /// <summary>The border among at most <see cref="SortedBorder"/> tokens, whose weights have bits from low up to high.</summary>
    private ulong AmongFew(uint low, uint high, double target, bool byMass, double reached)
    {
        var least = Vector512.Create(low).AsSingle();
        var limit = Vector512.Create(high).AsSingle();
        int count = 0;
        for (int i = 0; i < _weights.Length; i += Width)
        {
            var weight = Vector512.Create(_weights, i);
            ulong inside = (Vector512.GreaterThanOrEqual(weight, least) & Vector512.LessThan(weight, limit)).ExtractMostSignificantBits();
            for (; inside != 0; inside &= inside - 1) _border[count++] = Key(i + BitOperations.TrailingZeroCount(inside));
        }

        Span<ulong> keys = _border.AsSpan(0, count);
        keys.Sort();
        int last = 0;
        while ((reached += byMass ? _weights[(uint)keys[last]] : 1) < target) last++;
        return keys[last];
    }

    /// <summary>The border among many tokens of one weight.</summary>
    private ulong AmongEqual(uint bits, double target, bool byMass, double reached)
    {
        float weight = BitConverter.UInt32BitsToSingle(bits);
        for (int token = 0; ; token++)
        {
            if (_weights[token] == weight && (reached += byMass ? weight : 1) >= target) return Key(token);
        }
    }

    /// <summary>Number and sum of the weights whose bits are at least <paramref name="bits"/>.</summary>
    private (int Count, double Mass) Measure(uint bits)
    {
        var least = Vector512.Create(bits).AsSingle();
        var low = Vector512<double>.Zero;
        var high = Vector512<double>.Zero;
        int count = 0;
        for (int i = 0; i < _weights.Length; i += Width)
        {
            var weight = Vector512.Create(_weights, i);
            Vector512<float> kept = Vector512.GreaterThanOrEqual(weight, least);
            count += BitOperations.PopCount(kept.ExtractMostSignificantBits());
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(weight & kept);
            low += first;
            high += second;
        }

        return (count, Vector512.Sum(low + high));
    }

    /// <summary>
    /// Sums the weights of keys up to <paramref name="last"/> by chunks while the sum is at most <paramref name="mass"/>; returns it and
    /// the chunk it stopped before.
    /// </summary>
    private (double Mass, int Chunk) MassUpTo(ulong last, double mass)
    {
        var border = Vector512.Create(BitConverter.UInt32BitsToSingle(~(uint)(last >> 32)));
        var lastAtBorder = Vector512.Create((int)(uint)last);
        bool all = last == ulong.MaxValue;
        double sum = 0;
        for (int chunk = 0; chunk < _chunkSums.Length; chunk++)
        {
            double ofChunk = _chunkSums[chunk];
            if (!all)
            {
                var low = Vector512<double>.Zero;
                var high = Vector512<double>.Zero;
                int end = Math.Min((chunk + 1) * ChunkLength, _weights.Length);
                for (int i = chunk * ChunkLength; i < end; i += Width)
                {
                    var weight = Vector512.Create(_weights, i);
                    Vector512<int> tokens = Vector512.Create(i) + Vector512<int>.Indices;
                    Vector512<float> kept = Vector512.GreaterThan(weight, border)
                        | (Vector512.Equals(weight, border) & Vector512.LessThanOrEqual(tokens, lastAtBorder).AsSingle());
                    (Vector512<double> first, Vector512<double> second) = Vector512.Widen(weight & kept);
                    low += first;
                    high += second;
                }

                ofChunk = Vector512.Sum(low + high);
            }

            if (sum + ofChunk > mass) return (sum, chunk);
            sum += ofChunk;
        }

        return (sum, _chunkSums.Length);
    }
}
