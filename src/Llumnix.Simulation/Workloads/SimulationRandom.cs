using System.Numerics;
using System.Text;

namespace Llumnix.Simulation.Workloads;

/// <summary>
/// Random numbers from a seed (xoshiro256** seeded by SplitMix64). Each use draws from a stream of its own, so that, say, another dispatch
/// policy does not change the lengths of requests.
/// </summary>
public sealed class SimulationRandom
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <param name="seed">Of the run.</param>
    /// <param name="stream">What the numbers are for.</param>
    public SimulationRandom(ulong seed, string stream)
    {
        // FNV-1a, which unlike string.GetHashCode is the same in every process.
        ulong state = 14695981039346656037;
        foreach (byte letter in Encoding.UTF8.GetBytes(stream)) state = (state ^ letter) * 1099511628211;
        state ^= seed * 0x9E3779B97F4A7C15;
        _a = SplitMix(ref state);
        _b = SplitMix(ref state);
        _c = SplitMix(ref state);
        _d = SplitMix(ref state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number in [0, 1).</summary>
    public double NextUniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number of mean 1 from the exponential distribution.</summary>
    public double NextExponential() => -Math.Log(1 - NextUniform());

    /// <summary>A number from the standard normal distribution (polar method).</summary>
    public double NextNormal()
    {
        while (true)
        {
            double x = (2 * NextUniform()) - 1;
            double y = (2 * NextUniform()) - 1;
            double square = (x * x) + (y * y);
            if (square is > 0 and < 1) return x * Math.Sqrt(-2 * Math.Log(square) / square);
        }
    }

    /// <summary>A number from the Gamma distribution of scale 1 (Marsaglia and Tsang, 2000).</summary>
    public double NextGamma(double shape)
    {
        if (shape < 1) return NextGamma(shape + 1) * Math.Pow(1 - NextUniform(), 1 / shape);

        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextNormal();
            double v = 1 + (c * x);
            if (v <= 0) continue;

            v = v * v * v;
            if (Math.Log(1 - NextUniform()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v))) return d * v;
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
