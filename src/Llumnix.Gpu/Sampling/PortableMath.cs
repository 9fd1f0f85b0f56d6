using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Sampling;

/// <summary>
/// exp and log from correctly rounded operations only, in a fixed order: the same bits on every machine, where the C library's differ
/// between systems.
/// </summary>
internal static class PortableMath
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const double Ln2 = 0.693147180559945309417;

    /// <summary>Adding and subtracting it rounds a float of small magnitude to an integer: 1.5 x 2^23.</summary>
    private const float RoundToInteger = 12582912f;

    /// <summary>
    /// exp(x), relative error under 2^-22, for x in [-87, 0] and exactly 1 for 0: x = n ln 2 + r, |r| at most half of ln 2, exp(r) by
    /// its Taylor series to r^7.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var magic = Vector512.Create(RoundToInteger);
        Vector512<float> n = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), magic) - magic;
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.Create(1f / 5040);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        Vector512<int> scale = (Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23;
        return p * scale.AsSingle();
    }

    /// <summary>
    /// The natural logarithm of a positive normal number, relative error under 2^-50: x = m 2^e with m within a factor of sqrt 2 of 1,
    /// ln m = 2 artanh((m - 1) / (m + 1)) by its series.
    /// </summary>
    public static double Log(double x)
    {
        const int Terms = 11;
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)((bits >> 52) & 0x7FF) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | (1023L << 52));
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        double s = (m - 1) / (m + 1);
        double square = s * s;
        double sum = 0;
        for (int k = Terms; k >= 0; k--) sum = (sum * square) + (1.0 / ((2 * k) + 1));
        return (exponent * Ln2) + (2 * s * sum);
    }
}
