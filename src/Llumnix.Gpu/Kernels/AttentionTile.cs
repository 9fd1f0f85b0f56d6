using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>
/// Attention of one query over the positions up to its own, by an online softmax (Milakov and Gimelshein, 2018). The order of every sum
/// depends on positions only: a tile is 16 positions from a multiple of 16, a span is <see cref="SpanPositions"/> positions from a
/// multiple of that; tiles are taken in order within a span, and the spans' results joined in order. So neither chunking nor the batch,
/// threads, block size or block ids change a bit.
/// </summary>
/// <remarks>
/// A state is <see cref="StateSize"/> floats: the weighted sum of values (head width padded to 16), 16 partial sums of weights (of which
/// only the first counts once a span is closed), and the largest score so far.
/// </remarks>
internal static unsafe class AttentionTile
{
    /// <summary>Positions in a tile.</summary>
    public const int Positions = 16;

    /// <summary>Positions in a span.</summary>
    public const int SpanPositions = 512;

    /// <summary>Floats in a query's state for heads padded to <paramref name="width"/>.</summary>
    public static int StateSize(int width) => width + 32;

    /// <summary>Begins a span.</summary>
    public static void Open(float* state, int width)
    {
        new Span<float>(state, width + 16).Clear();
        state[width + 16] = float.NegativeInfinity;
    }

    /// <summary>Takes one tile in.</summary>
    /// <param name="state">The query's state.</param>
    /// <param name="query">The query times 1 / sqrt(head width), padded with zeros.</param>
    /// <param name="keys">The key of the tile's first position.</param>
    /// <param name="values">The value of the tile's first position.</param>
    /// <param name="stride">Bytes from position to position.</param>
    /// <param name="width">Head width, padded to a multiple of 16.</param>
    /// <param name="visible">How many of the tile's positions the query sees, 1 to 16; what stands in the others does not matter.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Take<TFormat>(float* state, float* query, byte* keys, byte* values, nint stride, int width, int visible)
        where TFormat : struct, IKvFormat
    {
        Vector512<float> scores = VectorMath.TreeSums(
            Fold<TFormat>(query, keys, stride, width),
            Fold<TFormat>(query, keys + stride, stride, width),
            Fold<TFormat>(query, keys + (2 * stride), stride, width),
            Fold<TFormat>(query, keys + (3 * stride), stride, width));
        if (visible < Positions)
        {
            Vector512<int> sees = Vector512.LessThan(VectorMath.LaneNumbers, Vector512.Create(visible));
            scores = Vector512.ConditionalSelect(sees.AsSingle(), scores, Vector512.Create(float.NegativeInfinity));
        }

        float largest = state[width + 16];
        float highest = Highest(scores);
        if (highest > largest)
        {
            Vector512<float> correction = VectorMath.Exp(Vector512.Create(largest - highest));
            for (int i = 0; i < width + 16; i += 16) (Vector512.Load(state + i) * correction).Store(state + i);
            state[width + 16] = largest = highest;
        }

        float* weights = stackalloc float[Positions];
        Vector512<float> weight = VectorMath.Exp(scores - Vector512.Create(largest));
        weight.Store(weights);
        (Vector512.Load(state + width) + weight).Store(state + width);

        int d = 0;
        for (; d + 64 <= width; d += 64)
        {
            Vector512<float> a = Vector512.Load(state + d), b = Vector512.Load(state + d + 16);
            Vector512<float> c = Vector512.Load(state + d + 32), e = Vector512.Load(state + d + 48);
            byte* value = values + (d * TFormat.ElementBytes);
            for (int j = 0; j < visible; j++, value += stride)
            {
                Vector512<float> w = Vector512.Create(weights[j]);
                a = Vector512.FusedMultiplyAdd(w, TFormat.Load(value), a);
                b = Vector512.FusedMultiplyAdd(w, TFormat.Load(value + (16 * TFormat.ElementBytes)), b);
                c = Vector512.FusedMultiplyAdd(w, TFormat.Load(value + (32 * TFormat.ElementBytes)), c);
                e = Vector512.FusedMultiplyAdd(w, TFormat.Load(value + (48 * TFormat.ElementBytes)), e);
            }

            a.Store(state + d);
            b.Store(state + d + 16);
            c.Store(state + d + 32);
            e.Store(state + d + 48);
        }

        for (; d < width; d += 16)
        {
            Vector512<float> a = Vector512.Load(state + d);
            byte* value = values + (d * TFormat.ElementBytes);
            for (int j = 0; j < visible; j++, value += stride)
                a = Vector512.FusedMultiplyAdd(Vector512.Create(weights[j]), TFormat.Load(value), a);

            a.Store(state + d);
        }
    }

    /// <summary>Ends a span: the partial sums of weights become one.</summary>
    public static void Close(float* state, int width) => state[width] = VectorMath.TreeSum(Vector512.Load(state + width));

    /// <summary>Joins a closed span, the next in order, to the closed spans before it.</summary>
    public static void Join(float* state, float* next, int width)
    {
        float largest = MathF.Max(state[width + 16], next[width + 16]);
        float before = VectorMath.Exp(state[width + 16] - largest), after = VectorMath.Exp(next[width + 16] - largest);
        for (int i = 0; i < width; i += 16)
        {
            Vector512<float> sum = Vector512.Load(state + i) * Vector512.Create(before);
            Vector512.FusedMultiplyAdd(Vector512.Load(next + i), Vector512.Create(after), sum).Store(state + i);
        }

        state[width] = MathF.FusedMultiplyAdd(next[width], after, state[width] * before);
        state[width + 16] = largest;
    }

    /// <summary>Writes the result of closed and joined spans: the first <paramref name="count"/> values of the head.</summary>
    public static void Finish(float* state, int width, float* target, int count)
    {
        Vector512<float> total = Vector512.Create(state[width]);
        int i = 0;
        for (; i + 16 <= count; i += 16) (Vector512.Load(state + i) / total).Store(target + i);
        for (; i < count; i++) target[i] = state[i] / state[width];
    }

    // Scores of keys 0, 4, 8 and 12 from here, each still four partial sums.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Fold<TFormat>(float* query, byte* key, nint stride, int width)
        where TFormat : struct, IKvFormat
    {
        byte* second = key + (4 * stride);
        byte* third = key + (8 * stride);
        byte* fourth = key + (12 * stride);
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i < width; i += 16)
        {
            Vector512<float> q = Vector512.Load(query + i);
            nint at = i * TFormat.ElementBytes;
            a = Vector512.FusedMultiplyAdd(q, TFormat.Load(key + at), a);
            b = Vector512.FusedMultiplyAdd(q, TFormat.Load(second + at), b);
            c = Vector512.FusedMultiplyAdd(q, TFormat.Load(third + at), c);
            d = Vector512.FusedMultiplyAdd(q, TFormat.Load(fourth + at), d);
        }

        return VectorMath.FoldToQuarters(a, b, c, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Highest(Vector512<float> v)
    {
        Vector256<float> eight = Vector256.MaxNative(v.GetLower(), v.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        Vector128<float> two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(two[0], two[1]);
    }
}
