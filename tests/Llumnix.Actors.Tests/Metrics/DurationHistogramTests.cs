using CsCheck;
using Llumnix.Actors.Metrics;

namespace Llumnix.Actors.Tests.Metrics;

public sealed class DurationHistogramTests
{
    private static DurationHistogram Histogram() => new("x_seconds", "X.", [], fromDecade: -3, toDecade: 1);

    [Fact]
    public void Its_bounds_rise_by_one_two_and_five() =>
        Assert.Equal([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10], Histogram().Bounds.ToArray());

    [Fact]
    public void Every_duration_is_counted_in_the_first_bucket_that_reaches_it() => Gen.Select(Gen.Long[0, 200_000_000], Gen.Int[1, 9]).Array[0, 20].Sample(observed =>
    {
        var histogram = Histogram();
        foreach (var (ticks, count) in observed) histogram.Observe(new TimeSpan(ticks), count);

        var read = histogram.Read();

        Assert.Equal(histogram.Bounds.Length + 1, read.Length);
        for (int bucket = 0; bucket < read.Length; bucket++)
        {
            double above = bucket == 0 ? -1 : histogram.Bounds[bucket - 1], until = bucket == histogram.Bounds.Length ? double.MaxValue : histogram.Bounds[bucket];
            var inside = observed.Where(entry => new TimeSpan(entry.Item1).TotalSeconds > above && new TimeSpan(entry.Item1).TotalSeconds <= until).ToArray();
            Assert.Equal(inside.Sum(entry => entry.Item2), read[bucket].Count);
            Assert.Equal(inside.Sum(entry => entry.Item1 * entry.Item2), read[bucket].Total.Ticks);
        }
    });

    [Fact]
    public void Counting_allocates_nothing()
    {
        var histogram = Histogram();
        histogram.Observe(TimeSpan.FromMilliseconds(3));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) histogram.Observe(TimeSpan.FromMilliseconds(i), count: 8);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
