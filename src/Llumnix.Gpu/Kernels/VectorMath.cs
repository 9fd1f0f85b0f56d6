using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Llumnix.Gpu.Kernels;

/// <summary>
/// Elementary functions on 16 lanes. Every one rounds the same way on every machine: fused multiply-adds are exact by definition, and
/// sums of lanes go through one tree, written down in <see cref="TreeSum"/>.
/// </summary>
internal static class VectorMath
{
    /// <summary>Lanes of a vector.</summary>
    public const int Lanes = 16;

    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: the first has few enough bits that its product with any exponent is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Adding and subtracting 1.5 * 2^23 rounds to the nearest whole number, which then stands in the low bits.
    private const float RoundingShift = 12582912f;

    /// <summary>Below this e^x is smaller than the smallest normal number, and is given as 0.</summary>
    private const float SmallestExponent = -87.3365447f;

    private const float LargestExponent = 88.3762626f;

    /// <summary>The numbers of the lanes, 0 to 15.</summary>
    public static Vector512<int> LaneNumbers => Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    /// <summary>
    /// e^x, within 1.5 units in the last place for x in [-87.33, 88.37]; 0 below (also for minus infinity), e^88.37 above. Splits
    /// x = n ln 2 + r and takes 1 + r + r^2 p(r) times 2^n, p of degree 4 interpolating at Chebyshev nodes on |r| &lt;= 0.36
    /// (relative error 9e-9 before rounding).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> underflows = Vector512.LessThan(x, Vector512.Create(SmallestExponent));
        Vector512<float> bounded = Vector512.ConditionalSelect(
            Vector512.GreaterThan(x, Vector512.Create(LargestExponent)), Vector512.Create(LargestExponent), x);
        Vector512<float> shifted = Vector512.FusedMultiplyAdd(bounded, Vector512.Create(Log2E), Vector512.Create(RoundingShift));
        Vector512<float> n = shifted - Vector512.Create(RoundingShift);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), bounded);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        Vector512<float> p = Vector512.Create(0.0013929126f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.008365534f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.041666538f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.16666563f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        Vector512<float> fraction = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        Vector512<float> power = (fraction.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
        return Vector512.AndNot(power, underflows);
    }

    /// <summary>e^x of one number, by the same steps as the vector's.</summary>
    public static float Exp(float x) => Exp(Vector512.Create(x)).ToScalar();

    /// <summary>x / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Silu(Vector512<float> x) => x / (Vector512<float>.One + Exp(-x));

    /// <summary>16 words of 16 bits, each in 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<uint> WidenToWords(ushort* source)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512UInt32(Vector256.Load(source));

        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(source));
        return Vector512.Create(low, high);
    }

    /// <summary>
    /// The sum of the lanes: lane i with lane i + 8, then i with i + 4, then i with i + 2, then the two that are left.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float TreeSum(Vector512<float> v)
    {
        Vector256<float> eight = v.GetLower() + v.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two[0] + two[1];
    }

    /// <summary>The first half of <see cref="TreeSums"/>: four vectors, each summed to four lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FoldToQuarters(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<float> ab = Avx512F.Shuffle4x128(a, b, 0x44) + Avx512F.Shuffle4x128(a, b, 0xEE);
            Vector512<float> cd = Avx512F.Shuffle4x128(c, d, 0x44) + Avx512F.Shuffle4x128(c, d, 0xEE);
            return Avx512F.Shuffle4x128(ab, cd, 0x88) + Avx512F.Shuffle4x128(ab, cd, 0xDD);
        }

        return FoldToQuartersPortable(a, b, c, d);
    }

    /// <summary>
    /// <see cref="TreeSum"/> of 16 vectors at once: <paramref name="w"/> holds the folded vectors 0, 4, 8 and 12, <paramref name="x"/>
    /// 1, 5, 9 and 13, <paramref name="y"/> 2, 6, 10 and 14, <paramref name="z"/> 3, 7, 11 and 15. Lane i of the result is the sum of
    /// vector i.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> TreeSums(Vector512<float> w, Vector512<float> x, Vector512<float> y, Vector512<float> z)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<float> wx = Avx512F.Shuffle(w, x, 0x44) + Avx512F.Shuffle(w, x, 0xEE);
            Vector512<float> yz = Avx512F.Shuffle(y, z, 0x44) + Avx512F.Shuffle(y, z, 0xEE);
            return Avx512F.Shuffle(wx, yz, 0x88) + Avx512F.Shuffle(wx, yz, 0xDD);
        }

        return TreeSumsPortable(w, x, y, z);
    }

    /// <summary><see cref="FoldToQuarters"/> without instructions of one machine; the same bits.</summary>
    public static Vector512<float> FoldToQuartersPortable(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d) =>
        Vector512.Create(
            Vector256.Create(ToQuarter(a), ToQuarter(b)),
            Vector256.Create(ToQuarter(c), ToQuarter(d)));

    /// <summary><see cref="TreeSums"/> without instructions of one machine; the same bits.</summary>
    public static Vector512<float> TreeSumsPortable(Vector512<float> w, Vector512<float> x, Vector512<float> y, Vector512<float> z)
    {
        Vector512<float> result = default;
        for (int group = 0; group < 4; group++)
        {
            result = result
                .WithElement(4 * group, QuarterSum(w, group))
                .WithElement((4 * group) + 1, QuarterSum(x, group))
                .WithElement((4 * group) + 2, QuarterSum(y, group))
                .WithElement((4 * group) + 3, QuarterSum(z, group));
        }

        return result;
    }

    private static Vector128<float> ToQuarter(Vector512<float> v)
    {
        Vector256<float> eight = v.GetLower() + v.GetUpper();
        return eight.GetLower() + eight.GetUpper();
    }

    private static float QuarterSum(Vector512<float> v, int group) =>
        (v[4 * group] + v[(4 * group) + 2]) + (v[(4 * group) + 1] + v[(4 * group) + 3]);
}
