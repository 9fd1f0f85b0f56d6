using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Costs;
using Llumnix.Simulation.Paper;

namespace Llumnix.Simulation.Tests.Paper;

public sealed class PaperTests
{
    [Fact]
    public void The_papers_points_are_in_the_program_with_their_source()
    {
        var data = PaperData.Instance;

        Assert.Contains("OSDI 2024", data.Source, StringComparison.Ordinal);
        Assert.Equal((19, 2, 6), (Count(11), Count(13), Count(14)));
        Assert.Equal(68.41, data.Find(new PaperPoint(11, "ShareGPT", 7), "all", "INFaaS++")!["request_p99_s"]);
        Assert.Equal(0.6716, data.Find(new PaperPoint(13, "S-S", 26, 6), "high", "Llumnix")!["prefill_p99_s"]);
        Assert.Equal(14.97, data.Find(new PaperPoint(14, "L-L", 3), "all", "Llumnix")!["instances"]);
        Assert.Equal(5, data.InstancesByPrefill["Llumnix"].Length);

        int Count(int figure) => data.Points.Count(point => point.Figure == figure);
    }

    [Fact]
    public void Any_other_point_can_be_chosen()
    {
        var selection = new PaperSelection { Figures = [11], Traces = ["S-M"], Rates = [9, 10], Variations = [4] };

        Assert.Equal([new PaperPoint(11, "S-M", 9, 4), new PaperPoint(11, "S-M", 10, 4)], selection.Points());
        Assert.Equal(4, new PaperSelection { Figures = [11], Traces = ["L-S"] }.Points().Count);
        Assert.Throws<ArgumentException>(() => new PaperSelection { Figures = [12] }.Points());
    }

    [Fact]
    public void A_row_has_every_seed_and_ratios_are_geometric_means_over_them()
    {
        var selection = new PaperSelection { Figures = [11], Traces = ["M-M"], Rates = [7.4], Policies = ["INFaaS++-stale", "Llumnix"], Seeds = [1, 2], Requests = 500 };
        var rows = PaperExperiment.Run(selection, jobs: 2);

        Assert.Equal(["INFaaS++-stale", "Llumnix"], rows.Select(row => row.Policy));
        Assert.All(rows, row => Assert.All(row.Metrics.Values, values => Assert.Equal(2, values.Length)));
        double[] ratios = [.. rows[1].Metrics["decode_p99_s"].Zip(rows[0].Metrics["decode_p99_s"], (mine, other) => mine / other)];
        Assert.Equal(Math.Sqrt(ratios[0] * ratios[1]), rows[1].RatioTo(rows[0], "decode_p99_s"), 12);
        Assert.Equal(0.1004 / 0.1153, rows[1].PaperRatioTo(rows[0], "decode_p99_s")!.Value, 12);
    }

    /// <summary>Figure 10: what moving LLaMA-7B of an A10 costs, and the other two ways that the paper shows beside it.</summary>
    [Theory]
    [InlineData(256)]
    [InlineData(1024)]
    [InlineData(4096)]
    public void Copying_takes_the_papers_time_and_live_migration_stops_a_request_as_briefly_however_long_it_is(int tokens)
    {
        var links = new LinkOptions();
        double copy = links.StageOverhead.TotalSeconds + (tokens * links.KvBytesPerToken / links.LinkBandwidth);
        Assert.InRange(copy * 1000 / (tokens * 0.205 + 10), 0.8, 1.25);

        // At most two blocks are left for the last stage.
        Assert.InRange(links.StageOverhead.TotalSeconds + (2 * 16 * links.KvBytesPerToken / links.LinkBandwidth), 0.005, 0.026);
        Assert.InRange(CostModels.A10Figure10.SecondsOf(new StepWork { PromptTokens = tokens, PromptPairs = (double)tokens * tokens }) * 1000 / (0.22 * tokens), 0.9, 1.2);
    }

    [Fact]
    public void Under_load_Llumnix_decodes_faster_and_loses_less_to_preemption_and_all_beat_round_robin()
    {
        var selection = new PaperSelection { Figures = [11], Traces = ["M-M"], Rates = [7.6], Seeds = [1], Requests = 3000 };
        var rows = PaperExperiment.Run(selection, jobs: 2).ToDictionary(row => row.Policy);
        var llumnix = rows["Llumnix"];

        foreach (string other in (string[])["INFaaS++", "INFaaS++-stale", "round-robin"])
        {
            Assert.True(llumnix.RatioTo(rows[other], "decode_p99_s") < 1, other);
            Assert.True(llumnix.RatioTo(rows[other], "preemption_loss_s") < 1, other);
        }

        Assert.All(rows["round-robin"].Metrics.Keys.Where(metric => metric != "decode_execution_s"), metric =>
            Assert.True(llumnix.RatioTo(rows["round-robin"], metric) < 1, metric));
    }

    [Fact]
    public void High_requests_are_faster_with_classes_than_without()
    {
        var selection = new PaperSelection { Figures = [13], Variations = [6], Seeds = [1, 2], Requests = 4000 };
        var rows = PaperExperiment.Run(selection, jobs: 2).ToDictionary(row => (row.Policy, row.Priority));
        double Gain(string metric) => rows[("Llumnix-base", "high")].RatioTo(rows[("Llumnix", "high")], metric);

        Assert.InRange(Gain("request_mean_s"), 1.1, 1.6);
        Assert.InRange(Gain("decode_mean_s"), 1.1, 1.6);
        Assert.True(Gain("prefill_mean_s") > 1.1);
    }

    [Fact]
    public void Instances_come_and_go_with_the_load_in_figure_14()
    {
        var selection = new PaperSelection { Figures = [14], Rates = [2], Seeds = [1], Requests = 3000 };
        var result = PaperExperiment.Run(selection, selection.Points()[0], "Llumnix", 1);

        Assert.InRange(result.AverageInstances, 6, 16);
        Assert.Contains(result.Timeline, sample => sample.Instances.Length < 16);
        Assert.Equal(0, result.LeakedBlocks);
    }
}
