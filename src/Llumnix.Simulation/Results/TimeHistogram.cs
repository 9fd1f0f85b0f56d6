using System.Numerics;

namespace Llumnix.Simulation.Results;

/// <summary>Counts times in buckets of at most 1.6 % of their value each, for millions of them in little memory.</summary>
public sealed class TimeHistogram
{
    private const int Mantissa = 6;
    private readonly long[] _counts = new long[64 << Mantissa];

    /// <summary>How many times were added.</summary>
    public long Count { get; private set; }

    /// <summary>Counts one time.</summary>
    public void Add(TimeSpan time)
    {
        _counts[BucketOf(time.Ticks)]++;
        Count++;
    }

    /// <summary>The seconds that a share of the times does not exceed, up to a bucket's width; NaN where there are none.</summary>
    public double Quantile(double share)
    {
        if (Count == 0) return double.NaN;

        long wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted) return (double)UpperEnd(bucket) / TimeSpan.TicksPerSecond;
        }

        throw new InvalidOperationException("A histogram's counts do not add up.");
    }

    private static int BucketOf(long ticks)
    {
        ulong value = (ulong)Math.Max(ticks, 0);
        if (value < 1 << Mantissa) return (int)value;

        int shift = BitOperations.Log2(value) - Mantissa;
        return ((shift + 1) << Mantissa) + (int)((value >> shift) - (1 << Mantissa));
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < 1 << Mantissa) return bucket;

        int shift = (bucket >> Mantissa) - 1;
        return (((long)(bucket & ((1 << Mantissa) - 1)) + (1 << Mantissa) + 1) << shift) - 1;
    }
}
