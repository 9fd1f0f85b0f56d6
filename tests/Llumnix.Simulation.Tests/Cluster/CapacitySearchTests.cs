using Llumnix.Simulation.Results;
using Llumnix.Simulation.Studies;

namespace Llumnix.Simulation.Tests.Cluster;

public sealed class CapacitySearchTests
{
    private static SimulationResult WithPrefillOf(int milliseconds) => ClusterSimulation.Run(Clusters.Create(), Clusters.Requests($"0:{milliseconds - 10}+2"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(23)]
    public void The_fewest_that_keep_the_level_are_found_and_no_more_runs_made_than_needed(int needed)
    {
        var tried = new List<int>();
        var found = CapacitySearch.Find(
            instances =>
            {
                tried.Add(instances);
                return [WithPrefillOf(instances >= needed ? 100 : 300)];
            },
            [new ServiceLevel("ttft_p99=200ms")],
            most: 64);

        Assert.Equal(needed, found!.Value.Instances);
        Assert.Equal(tried.Distinct(), tried);
        Assert.InRange(tried.Count, 1, 12);
    }

    [Fact]
    public void Where_not_even_the_most_suffice_nothing_is_found() =>
        Assert.Null(CapacitySearch.Find(_ => [WithPrefillOf(300)], [new ServiceLevel("request_mean=0.2s")], most: 8));

    [Theory]
    [InlineData("ttft_p50=1s", 0.1)]
    [InlineData("tpot_mean=100ms", 0.02)]
    [InlineData("itl_p99=1s", 0.0205)]
    [InlineData("request_mean=1s", 0.12)]
    public void Levels_measure_what_they_name(string level, double seconds) =>
        Assert.InRange(new ServiceLevel(level).Measure(WithPrefillOf(100)), seconds * 0.97, seconds);

    [Theory]
    [InlineData("ttft_p99")]
    [InlineData("ttft_p99=1")]
    [InlineData("itl_mean=1s")]
    [InlineData("speed_p99=1s")]
    public void Levels_that_make_no_sense_are_refused(string level) => Assert.Throws<SimulationException>(() => new ServiceLevel(level));
}
