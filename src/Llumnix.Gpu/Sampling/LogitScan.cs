using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Sampling;

/// <summary>Vectorized passes over one row of logits.</summary>
internal static class LogitScan
{
    /// <summary>The largest logit; NaN if any is NaN.</summary>
    public static float Max(ReadOnlySpan<float> logits)
    {
        int width = Vector512<float>.Count;
        var max = Vector512.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= logits.Length - width; i += width) max = Vector512.Max(max, Vector512.Create(logits.Slice(i, width)));

        float result = float.NegativeInfinity;
        for (int lane = 0; lane < width; lane++) result = MathF.Max(result, max[lane]);
        for (; i < logits.Length; i++) result = MathF.Max(result, logits[i]);
        return result;
    }

    /// <summary>The lowest index whose logit equals <paramref name="value"/>, which must occur.</summary>
    public static int IndexOf(ReadOnlySpan<float> logits, float value)
    {
        int width = Vector512<float>.Count;
        var wanted = Vector512.Create(value);
        int i = 0;
        for (; i <= logits.Length - width; i += width)
        {
            ulong equal = Vector512.Equals(Vector512.Create(logits.Slice(i, width)), wanted).ExtractMostSignificantBits();
            if (equal != 0) return i + BitOperations.TrailingZeroCount(equal);
        }

        while (logits[i] != value) i++;
        return i;
    }

    /// <summary>
    /// The likeliest tokens, likeliest first, the lower id first among equals, as many as <paramref name="tokens"/> holds
    /// (no more than there are logits).
    /// </summary>
    public static void Top(ReadOnlySpan<float> logits, Span<int> tokens, Span<float> values)
    {
        if (tokens.IsEmpty) return;
        int width = Vector512<float>.Count;
        int count = 0;
        for (int start = 0; start < logits.Length; start += width)
        {
            ReadOnlySpan<float> part = logits[start..Math.Min(start + width, logits.Length)];
            ulong candidates = (1UL << part.Length) - 1;
            if (count == tokens.Length && part.Length == width)
            {
                candidates = Vector512.GreaterThan(Vector512.Create(part), Vector512.Create(values[^1])).ExtractMostSignificantBits();
            }

            for (; candidates != 0; candidates &= candidates - 1)
            {
                int lane = BitOperations.TrailingZeroCount(candidates);
                float value = part[lane];
                if (count == tokens.Length && !(value > values[^1])) continue;
                int place = count < tokens.Length ? count++ : count - 1;
                for (; place > 0 && value > values[place - 1]; place--)
                {
                    values[place] = values[place - 1];
                    tokens[place] = tokens[place - 1];
                }

                values[place] = value;
                tokens[place] = start + lane;
            }
        }
    }

    /// <summary>The natural logarithm of the sum of exp(logit - <paramref name="max"/>), relative error under 2^-20.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits, float max)
    {
        double sum = 0;
        int width = Vector512<float>.Count;
        var shift = Vector512.Create(max);
        var low = Vector512<double>.Zero;
        var high = Vector512<double>.Zero;
        Span<float> padded = stackalloc float[Vector512<float>.Count];
        for (int i = 0; i < logits.Length; i += width)
        {
            (Vector512<double> first, Vector512<double> second) =
                Vector512.Widen(PortableMath.Exp(Vector512.Max(Load(logits, i, padded) - shift, Vector512.Create(-87f))));
            low += first;
            high += second;
        }

        Vector512<double> sums = low + high;
        for (int lane = 0; lane < Vector512<double>.Count; lane++) sum += sums[lane];
        return PortableMath.Log(sum);
    }

    /// <summary>Sixteen logits from <paramref name="start"/>, beyond the end negative infinity; <paramref name="padded"/> is scratch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ReadOnlySpan<float> logits, int start, Span<float> padded)
    {
        if (logits.Length - start >= Vector512<float>.Count)
        {
            return Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(logits), (nuint)start);
        }

        padded.Fill(float.NegativeInfinity);
        logits[start..].CopyTo(padded);
        return Vector512.Create((ReadOnlySpan<float>)padded);
    }
}
