using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Rebalance;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Results;

namespace Llumnix.Simulation.Tests.Cluster;

/// <summary>Runs so small that every time can be told by hand.</summary>
public sealed class SimulatedTimesTests
{
    private static void Near(double milliseconds, double seconds) => Assert.Equal(milliseconds / 1000, seconds, 6);

    [Fact]
    public void A_request_alone_takes_its_prompt_and_its_decode_steps()
    {
        var result = ClusterSimulation.Run(Clusters.Create(), Clusters.Requests("100:30+5"));

        var request = Assert.Single(result.Requests);
        Near(40, request.Prefill);
        Near(120, request.Request);
        Near(20, request.Decode);
        Near(80, request.DecodeExecution);
        Near(220, result.Duration.TotalSeconds);
        Assert.Equal(5, request.OutputTokens);
        Assert.Equal(0, result.LeakedBlocks);
    }

    [Fact]
    public void Whole_prompts_go_ahead_and_hold_up_everybody_elses_next_token()
    {
        // The second comes in the first one's decode step from 40 to 60 ms, and its prompt runs until 120.
        var result = ClusterSimulation.Run(Clusters.Create(), Clusters.Requests("0:30+4", "50:50+2"));

        Near(120 - 50, result.Requests[1].Prefill);
        Near(40 + 20 + 60 + 20 + 20, result.Requests[0].Request);
        Near(60, result.Requests[0].DecodeExecution);
        Near(80, result.TokenTimes.Quantile(1) - 0.0007, 3);
    }

    private static void Near(double milliseconds, double seconds, int digits) => Assert.Equal(milliseconds / 1000, seconds, digits);

    [Fact]
    public void Chunks_share_a_step_with_decodes_and_read_the_weights_once()
    {
        var options = Clusters.Create();
        options = options with { Batching = options.Batching with { Prefill = PrefillMode.Chunked, TokenBudget = 64 } };
        var result = ClusterSimulation.Run(options, Clusters.Requests("0:30+4", "50:50+2"));

        // From 60 ms a mixed step: 10 + 50 + 20 - 10.
        Near(60 + 70 - 50, result.Requests[1].Prefill);
        Near(40 + 20 + 70 + 20, result.Requests[0].Request);
    }

    [Fact]
    public void Preemption_loss_is_the_time_queued_again_and_recomputed()
    {
        // 12 blocks of 4: the prompts, one after the other until 60 ms, take 5 each, and both get a sixth at their first decode step. At
        // the fifth, at 140 ms, both want a seventh, and the later one has to go.
        var result = ClusterSimulation.Run(Clusters.Create(blocks: 12), Clusters.Requests("0:20+9", "0:20+9"));

        var (first, second) = (result.Requests[0], result.Requests[1]);
        Assert.Equal((0, 1), (first.Preemptions, second.Preemptions));

        // The first has four steps to go. Then the second's 25 known tokens are computed again, which gives its sixth token.
        Near(60 + (8 * 20), first.Request);
        Near((4 * 20) + 10 + 25, second.PreemptionLoss);
        Near(220 + 35 + (3 * 20), second.Request);
        Assert.Equal(1, result.Preemptions);
        Assert.Equal(0, result.LeakedBlocks);
    }

    [Fact]
    public void The_high_class_is_served_first_where_the_policy_knows_classes()
    {
        SimulationResult Run(bool knows)
        {
            var options = Clusters.Create(blocks: 12, policy: new ClusterPolicy { Name = "test", KnowsPriorities = knows });
            return ClusterSimulation.Run(options, Clusters.Requests("0:40+3", "10:40+3", "20:40+3!"));
        }

        var with = Run(true);
        Assert.True(with.Requests[2].Prefill < with.Requests[1].Prefill);
        var without = Run(false);
        Assert.True(without.Requests[2].Prefill > without.Requests[1].Prefill);
        Assert.Equal(Priority.High, without.Requests[2].Priority);
    }

    [Fact]
    public void A_request_that_cannot_be_served_is_told_why_and_one_that_outgrows_memory_is_cut()
    {
        var result = ClusterSimulation.Run(Clusters.Create(blocks: 10), Clusters.Requests("0:50+3", "0:30+100"));

        Assert.Contains("tokens", result.Requests[0].Refusal, StringComparison.Ordinal);
        Assert.Equal(11, result.Requests[1].OutputTokens);
        Assert.Equal(1, result.CutRequests);
        Assert.Equal(1, result.All.Count);
    }

    [Fact]
    public void A_moving_request_stands_still_for_its_last_stage_only()
    {
        // More than 15 of 30 blocks are held, which makes a source of the instance; the other one is empty.
        var policy = new ClusterPolicy
        {
            Name = "moving",
            Dispatch = "round-robin",
            Rebalance = "freeness-pairs",
            RebalanceInterval = TimeSpan.FromMilliseconds(300),
            RebalanceOptions = new RebalancePolicyOptions { SourceBelow = 20, DestinationAbove = 25 },
        };
        var options = Clusters.Create(instances: 2, blocks: 30, policy) with
        {
            MessageDelay = TimeSpan.FromMilliseconds(1),

            // 4 ms a block.
            Links = new LinkOptions { KvBytesPerToken = 1000, LinkBandwidth = 1e6, NodeBandwidth = 1e9, StageOverhead = TimeSpan.FromMilliseconds(2), SlowDown = 0 },
        };
        var result = ClusterSimulation.Run(options, Clusters.Requests("0:60+20"));

        var request = Assert.Single(result.Requests);
        Assert.Equal(1, request.Migrations);

        // Its full blocks go while it decodes; what it stands still for is the last two blocks, 2 + 8 ms, with the commit beside them.
        Near(10, request.Downtime);
        Assert.Equal(MigrationOutcome.Moved, Assert.Single(result.Migrations).Key);
        Assert.Equal(0, result.LeakedBlocks);

        // It stood still for the move, and for no more than the step it could not join at once.
        double alone = ClusterSimulation.Run(options with { Policy = policy with { Rebalance = "none" } }, Clusters.Requests("0:60+20")).Requests[0].Request;
        Near((alone * 1000) + 10, request.Request);
    }

    [Fact]
    public void A_waiting_request_moves_without_blocks_to_where_it_can_start()
    {
        var policy = new ClusterPolicy
        {
            Name = "moving",
            Dispatch = "round-robin",
            Rebalance = "freeness-pairs",
            RequestChoice = "first-waiting",
            RebalanceOptions = new RebalancePolicyOptions { SourceBelow = 5, DestinationAbove = 5 },
        };

        // The second goes to the empty instance, the third waits behind the first.
        var result = ClusterSimulation.Run(Clusters.Create(instances: 2, blocks: 30, policy), Clusters.Requests("0:100+15", "0:4+1", "60:100+10"));

        Assert.Equal(1, result.Requests[2].Migrations);
        Assert.Equal(1, result.MovedWaiting);
        Assert.InRange(result.Requests[2].Prefill, 0.11, 0.25);
        Assert.Equal(0, result.LeakedBlocks);
    }

    [Fact]
    public void A_dispatcher_places_by_what_it_saw_and_one_that_counts_what_it_sent_does_not_herd()
    {
        int[] Spread(ViewOptions view)
        {
            var policy = new ClusterPolicy { Name = "test", Dispatch = "least-kv", DispatchView = view };
            var result = ClusterSimulation.Run(Clusters.Create(instances: 4, policy: policy), Clusters.Requests(
                [.. Enumerable.Range(0, 8).Select(i => $"{1000 + i}:40+200")]));
            return [.. result.Timeline.Last(sample => sample.At < TimeSpan.FromSeconds(3)).Instances.Select(instance => instance.Running + instance.Waiting)];
        }

        Assert.All(Spread(ViewOptions.Immediate), count => Assert.Equal(2, count));
        Assert.All(Spread(ViewOptions.SecondOld with { CountsSent = true }), count => Assert.Equal(2, count));

        // Blind for a second it draws among equals eight times.
        Assert.Contains(Spread(ViewOptions.SecondOld), count => count != 2);
    }

    [Fact]
    public void A_busy_node_shares_its_bandwidth_and_a_copy_slows_both_ends_down()
    {
        var clock = new Llumnix.Simulation.Events.SimulationClock();
        var links = new SimulatedLinks(clock, new LinkOptions { LinkBandwidth = 100, NodeBandwidth = 120 });
        var ends = new List<(string, double)>();
        links.Start(0, 1, 100, () => ends.Add(("first", clock.Now.TotalSeconds)));
        links.Start(0, 2, 30, () => ends.Add(("second", clock.Now.TotalSeconds)));
        links.Start(3, 3, 100, () => ends.Add(("own node", clock.Now.TotalSeconds)));
        while (clock.TryTake(out var happened)) happened.Handler.Handle(happened);

        // 60 each until the second is through after half a second; then the first has the whole link for its other 70.
        Assert.Equal([("second", 0.5), ("own node", 1.0), ("first", 1.2)], ends);
    }
}
