using CsCheck;
using Llumnix.Simulation.Results;

namespace Llumnix.Simulation.Tests.Results;

public sealed class TimeHistogramTests
{
    [Fact]
    public void Quantiles_are_right_within_a_buckets_width() =>
        Gen.Long[0, 1L << 40].Array[1, 500].Sample(ticks =>
        {
            var histogram = new TimeHistogram();
            foreach (long time in ticks) histogram.Add(TimeSpan.FromTicks(time));
            Array.Sort(ticks);
            foreach (double share in (double[])[0.01, 0.5, 0.99, 1])
            {
                double exact = ticks[(int)Math.Max(1, Math.Ceiling(share * ticks.Length)) - 1] / 1e7;
                Assert.InRange(histogram.Quantile(share), exact - 1e-12, (exact * 1.016) + 1e-12);
            }
        });

    [Fact]
    public void Of_nothing_there_is_no_quantile() => Assert.True(double.IsNaN(new TimeHistogram().Quantile(0.5)));

    [Fact]
    public void A_distribution_interpolates_between_neighbours()
    {
        var distribution = new Distribution([3, 1, double.NaN, 2]);

        Assert.Equal((3, 2.0, 2.5, 1.0, 3.0), (distribution.Count, distribution.Mean, distribution.Quantile(0.75), distribution.Quantile(0), distribution.Quantile(1)));
        Assert.True(double.IsNaN(new Distribution([]).Quantile(0.5)));
    }
}
