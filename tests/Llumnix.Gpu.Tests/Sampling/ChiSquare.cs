namespace Llumnix.Gpu.Tests.Sampling;

/// <summary>Pearson's goodness-of-fit test.</summary>
internal static class ChiSquare
{
    public static double Statistic(int[] observed, double[] expected)
    {
        double sum = 0;
        for (int i = 0; i < observed.Length; i++)
        {
            if (expected[i] == 0)
            {
                Assert.Equal(0, observed[i]);
                continue;
            }

            sum += (observed[i] - expected[i]) * (observed[i] - expected[i]) / expected[i];
        }

        return sum;
    }

    /// <summary>The 99.9 % quantile for <paramref name="freedom"/> degrees of freedom, by Wilson and Hilferty's approximation.</summary>
    public static double Limit(int freedom)
    {
        const double Normal = 3.0902;
        double variance = 2.0 / (9 * freedom);
        return freedom * Math.Pow(1 - variance + (Normal * Math.Sqrt(variance)), 3);
    }
}
