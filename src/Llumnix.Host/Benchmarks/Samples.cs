namespace Llumnix.Host.Benchmarks;

/// <summary>Figures of measured values.</summary>
internal static class Samples
{
    /// <summary>The value at or below which this share of them lies (nearest rank); of few values a high one is the largest.</summary>
    public static double Percentile(this IReadOnlyCollection<double> values, double share)
    {
        if (values.Count == 0) return double.NaN;
        double[] sorted = [.. values.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(this IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) return double.NaN;
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>
    /// Bounds within which the median lies with at least 95 % confidence, whatever the distribution: by the sign test, the k-th smallest
    /// and the k-th largest value for the largest k that the binomial distribution allows. Of fewer than six values, the smallest and
    /// the largest, which say less.
    /// </summary>
    public static (double Low, double High) MedianInterval(this IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) return (double.NaN, double.NaN);
        double[] sorted = [.. values.Order()];
        int n = sorted.Length, k = 0;
        double below = 0, term = Math.Pow(0.5, n);
        while (k < n / 2 && below + term <= 0.025)
        {
            below += term;
            term *= (double)(n - k) / (k + 1);
            k++;
        }

        int rank = Math.Max(k - 1, 0);
        return (sorted[rank], sorted[n - 1 - rank]);
    }
}
