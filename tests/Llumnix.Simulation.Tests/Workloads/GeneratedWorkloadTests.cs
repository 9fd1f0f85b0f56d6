using CsCheck;
using Llumnix.Scheduling;
using Llumnix.Simulation.Paper;
using Llumnix.Simulation.Results;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Tests.Workloads;

public sealed class GeneratedWorkloadTests
{
    /// <summary>The quantiles of the paper's table 1: 50, 80, 95 and 99 %.</summary>
    [Theory]
    [InlineData("S-M", 128, 38, 113, 413, 1464)]
    [InlineData("M-S", 256, 32, 173, 1288, 4208)]
    [InlineData("L-S", 512, 55, 582, 3113, 5166)]
    public void Generated_lengths_have_the_papers_mean_and_near_enough_its_quantiles(string trace, double mean, params int[] quantiles)
    {
        var lengths = new Distribution((PaperWorkloads.Create(trace, 1) with { Requests = 100_000 })
            .Generate(1).Requests.Select(request => (double)request.InputTokens));

        Assert.Equal(mean, lengths.Mean, mean * 0.01);
        double[] found = [.. ((double[])[0.5, 0.8, 0.95, 0.99]).Select(lengths.Quantile)];
        Assert.All(found.Zip(quantiles), pair => Assert.InRange(pair.First / pair.Second, 0.8, 1.25));
        Assert.InRange(lengths.Quantile(1), 1, PaperWorkloads.LongestTokens);
    }

    [Theory]
    [InlineData("ShareGPT", 306, 500, 74, 487, 3388, 1234)]
    [InlineData("BurstGPT", 830, 271, 582, 243, 3549, 964)]
    public void Given_lengths_have_their_mean_and_quantiles_in_every_sample(
        string trace, double meanInput, double meanOutput, double medianInput, double medianOutput, double p99Input, double p99Output)
    {
        var requests = PaperWorkloads.Create(trace, 1).Generate(7).Requests;
        var inputs = new Distribution(requests.Select(request => (double)request.InputTokens));
        var outputs = new Distribution(requests.Select(request => (double)request.OutputTokens));

        (double Wanted, double Found)[] pairs =
        [
            (meanInput, inputs.Mean), (meanOutput, outputs.Mean), (medianInput, inputs.Quantile(0.5)), (medianOutput, outputs.Quantile(0.5)),
            (p99Input, inputs.Quantile(0.99)), (p99Output, outputs.Quantile(0.99)),
        ];
        Assert.All(pairs, pair => Assert.InRange(pair.Found / pair.Wanted, 0.98, 1.02));
        Assert.NotEqual(requests.Select(request => request.InputTokens).Order(), requests.Select(request => request.InputTokens));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(4)]
    public void Arrivals_have_their_rate_and_variation(double variation)
    {
        var requests = (PaperWorkloads.Create("S-S", 20) with { Requests = 40_000, Variation = variation }).Generate(3).Requests;
        double[] gaps = [.. requests.Zip(requests.Skip(1), (first, second) => (second.Arrival - first.Arrival).TotalSeconds)];
        double mean = gaps.Average();
        double deviation = Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean)));

        Assert.InRange(mean * 20, 0.93, 1.07);
        Assert.InRange(deviation / mean / variation, 0.9, 1.1);
    }

    [Fact]
    public void Curves_keep_the_mean_rate_and_move_requests_to_where_the_rate_is_high()
    {
        RateCurve[] curves = [new RateCurve.Diurnal(0.8, 100), new RateCurve.Spiky(5, 10, 100)];
        foreach (var curve in curves)
        {
            var requests = (PaperWorkloads.Create("S-S", 50) with { Requests = 50_000, Curve = curve }).Generate(5).Requests;
            double last = requests[^1].Arrival.TotalSeconds;
            Assert.InRange(50_000 / last / 50, 0.95, 1.05);

            // By tenths of a period: as many as the curve says.
            for (int tenth = 0; tenth < 10; tenth++)
            {
                double expected = Enumerable.Range(0, 1000).Average(i => curve.At((tenth + ((i + 0.5) / 1000)) * 10)) * 0.1;
                double found = requests.Count(request => (int)(request.Arrival.TotalSeconds % 100 / 10) == tenth) / 50_000.0;
                Assert.InRange(found - expected, -0.01, 0.01);
            }
        }
    }

    [Fact]
    public void Later_is_never_earlier_on_any_curve() =>
        Gen.Select(Gen.Double[0, 1], Gen.Double[1, 20], Gen.Double[1, 50], Gen.Double[0, 1000], Gen.Double[0, 10]).Sample(
            (amplitude, height, length, load, more) =>
            {
                RateCurve[] curves = [new RateCurve.Diurnal(amplitude, 100), new RateCurve.Spiky(height, length, 100), new RateCurve.Steady()];
                Assert.All(curves, curve => Assert.True(curve.TimeOf(load) <= curve.TimeOf(load + more) + 1e-9));
            });

    [Fact]
    public void Classes_and_tenants_have_their_shares()
    {
        var shares = new ClassShares([(Priority.High, 0.1), (Priority.Low, 0.3)], [("a", 0.7)]);
        var workload = (PaperWorkloads.Create("S-S", 20) with { Requests = 20_000, Shares = shares }).Generate(1);

        double Share(Func<WorkloadRequest, bool> which) => workload.Requests.Count(which) / 20_000.0;
        Assert.Equal(0.1, Share(request => request.Priority == Priority.High), 0.01);
        Assert.Equal(0.3, Share(request => request.Priority == Priority.Low), 0.015);
        Assert.Equal(0.7, Share(request => workload.Tenants[request.Tenant] == "a"), 0.015);
        Assert.Equal("", workload.Tenants[0]);
    }

    [Fact]
    public void A_mix_has_all_requests_by_arrival_and_keeps_their_tenants()
    {
        var shares = new ClassShares([], [("a", 1)]);
        var first = (PaperWorkloads.Create("S-S", 5) with { Requests = 100, Shares = shares }).Generate(1);
        var second = (PaperWorkloads.Create("L-L", 2) with { Requests = 50 }).Generate(1);

        var mix = Workload.Mix([second, first]);

        Assert.Equal(150, mix.Requests.Length);
        Assert.Equal(mix.Requests.Select(request => request.Arrival).Order(), mix.Requests.Select(request => request.Arrival));
        Assert.Equal(100, mix.Requests.Count(request => mix.Tenants[request.Tenant] == "a"));
    }

    [Fact]
    public void Quantiles_that_cannot_be_are_refused_in_one_sentence()
    {
        Assert.Contains("do not rise", Assert.Throws<ArgumentException>(() => new QuantileLengths("x", 100, (0.5, 80), (0.4, 90))).Message, StringComparison.Ordinal);
        Assert.Contains("a mean of 5000", Assert.Throws<ArgumentException>(() => new QuantileLengths("x", 5000, (0.5, 80), (0.9, 90))).Message, StringComparison.Ordinal);
    }
}
