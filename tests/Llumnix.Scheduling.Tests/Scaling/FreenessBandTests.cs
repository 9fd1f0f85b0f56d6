using CsCheck;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Scaling;
using static Llumnix.Scheduling.Tests.Load.Loads;

namespace Llumnix.Scheduling.Tests.Scaling;

public sealed class FreenessBandTests
{
    private static readonly ScalingPolicyOptions Options = new()
    {
        MinInstances = 1,
        MaxInstances = 4,
        ScaleUpBelow = 10,
        ScaleDownAbove = 60,
        ScaleUpAfter = TimeSpan.FromSeconds(10),
        ScaleDownAfter = TimeSpan.FromSeconds(30),
        ScaleUpCoolDown = TimeSpan.FromSeconds(20),
        ScaleDownCoolDown = TimeSpan.FromSeconds(60),
    };

    private readonly FreenessBand _policy = new(Options);
    private ScalingState _state = ScalingState.Initial;

    private ScalingDecision At(double seconds, params LoadReport[] instances) => At(seconds, new ScalingView(instances));

    private ScalingDecision At(double seconds, ScalingView view)
    {
        var step = _policy.Decide(_state, view, TimeSpan.FromSeconds(seconds));
        _state = step.State;
        return step.Decision;
    }

    private static LoadReport Full(string name) => Report(name, load: Batch(used: 95, running: 1));

    private static LoadReport Idle(string name, int running = 0) => Report(name, load: Batch(used: running, running));

    private static readonly ScalingDecision Keep = ScalingDecision.Keep.Instance, Add = ScalingDecision.Add.Instance;

    [Fact]
    public void An_average_below_the_band_for_long_enough_adds_an_instance_and_then_cools_down()
    {
        Assert.Equal(Keep, At(0, Full("a")));
        Assert.Equal(Keep, At(9.9, Full("a")));
        Assert.Equal(Add, At(10, Full("a")));
        Assert.Equal(Keep, At(25, new ScalingView([Full("a")], Starting: 1)));
        Assert.Equal(Keep, At(29.9, Full("a"), Full("b")));
        Assert.Equal(Add, At(35, Full("a"), Full("b")));
    }

    [Fact]
    public void A_break_begins_the_wait_again()
    {
        At(0, Full("a"));
        At(9, Report("a", load: Batch(used: 70, running: 1)));
        Assert.Equal(Keep, At(10, Full("a")));
        Assert.Equal(Keep, At(19, Full("a")));
        Assert.Equal(Add, At(20, Full("a")));
    }

    [Fact]
    public void An_average_above_the_band_for_long_enough_drains_the_one_with_fewest_running()
    {
        LoadReport[] instances = [Idle("a", 3), Idle("b", 1), Idle("c", 2), Idle("d", 1)];
        Assert.Equal(Keep, At(0, instances[1..]));
        Assert.Equal(Keep, At(29, instances[1..]));
        Assert.Equal(new ScalingDecision.Drain(new InstanceId("d")), At(30, instances[1..]));
    }

    [Fact]
    public void The_launcher_may_say_which_one_can_end()
    {
        var view = new ScalingView([Idle("a"), Idle("b", 1)]) { NextToEnd = new InstanceId("b") };
        At(0, view);
        Assert.Equal(new ScalingDecision.Drain(new InstanceId("b")), At(30, view));
        At(100, view with { NextToEnd = new InstanceId("gone") });
        Assert.Equal(Keep, At(200, view with { NextToEnd = new InstanceId("gone") }));
    }

    [Fact]
    public void Terminating_instances_count_neither_in_the_average_nor_among_those_there_are()
    {
        var terminating = Report("b", terminating: true);
        var step = _policy.Decide(_state, new ScalingView([Full("a"), terminating]), default);
        Assert.Equal(5, step.AverageFreeness);
        At(0, Idle("a"), terminating);
        Assert.Equal(Keep, At(100, Idle("a"), terminating));
    }

    [Fact]
    public void Bounds_hold_whatever_the_load()
    {
        Assert.Equal(Add, At(0));
        Assert.Equal(Keep, At(1, new ScalingView([], Starting: 1)));
        LoadReport[] five = [.. Enumerable.Range(0, 5).Select(i => Full($"{i}"))];
        Assert.Equal(new ScalingDecision.Drain(new InstanceId("4")), At(2, five));
        At(100, five[..4]);
        Assert.Equal(Keep, At(200, five[..4]));
    }

    [Fact]
    public void Nothing_is_drained_that_the_others_have_no_room_for()
    {
        // Two are above the band together, but one of them alone would be below it.
        LoadReport[] two = [Report("a", load: Batch(used: 97, running: 1)), Report("b")];
        Assert.Equal(51.5, _policy.Decide(_state, new ScalingView(two), default).AverageFreeness);
        LoadReport[] three = [.. two, Report("c")];
        At(0, three);
        Assert.IsType<ScalingDecision.Drain>(At(30, three));
        two = [Report("a", load: Batch(used: 60, running: 12)), Report("b")];
        Assert.Equal(51.67, _policy.Decide(_state, new ScalingView(two), default).AverageFreeness, 2);
        var tight = new FreenessBand(Options with { ScaleDownAbove = 20 });
        var state = tight.Decide(ScalingState.Initial, new ScalingView(two), default).State;
        Assert.Equal(Keep, tight.Decide(state, new ScalingView(two), TimeSpan.FromHours(1)).Decision);
    }

    /// <summary>The load is spread over the instances as evenly as requests can be, as dispatch and rebalancing would have it.</summary>
    [Fact]
    public void A_load_that_stays_as_it_is_does_not_make_instances_come_and_go()
    {
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, 200], Gen.Int[1, 40], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[0, 20]).Sample(
            (start, requests, blocks, below, band, seconds) =>
            {
                var policy = new FreenessBand(new ScalingPolicyOptions
                {
                    MinInstances = 1,
                    MaxInstances = 20,
                    ScaleUpBelow = below,
                    ScaleDownAbove = below + band,
                    ScaleUpAfter = TimeSpan.FromSeconds(seconds),
                    ScaleDownAfter = TimeSpan.FromSeconds(seconds),
                    ScaleUpCoolDown = TimeSpan.Zero,
                    ScaleDownCoolDown = TimeSpan.Zero,
                });
                var state = ScalingState.Initial;
                int count = start;
                int added = 0;
                int drained = 0;
                for (int second = 0; second < 1000; second++)
                {
                    var instances = Enumerable.Range(0, count).Select(i =>
                    {
                        int share = requests / count + (i < requests % count ? 1 : 0);
                        return Report($"{i:00}", load: Batch(share * blocks, share, total: 1000));
                    });
                    var step = policy.Decide(state, new ScalingView([.. instances]), TimeSpan.FromSeconds(second));
                    state = step.State;
                    if (step.Decision is ScalingDecision.Add)
                    {
                        count++;
                        added++;
                    }
                    else if (step.Decision is ScalingDecision.Drain)
                    {
                        count--;
                        drained++;
                    }
                }

                // One way only, and no further than the bounds.
                Assert.True(added == 0 || drained == 0, $"{added} were added and {drained} drained.");
                Assert.InRange(count, 1, 20);
            },
            iter: 300);
    }

    [Fact]
    public void Policies_go_by_name_and_an_unknown_name_or_value_is_told()
    {
        Assert.All(ScalingPolicies.Names, name => Assert.NotNull(ScalingPolicies.Create(name, new())));
        Assert.Equal(Keep, new NoScaling().Decide(_state, new ScalingView([]), default).Decision);
        string Wrong(ScalingPolicyOptions options) => Assert.Throws<ArgumentException>(() => ScalingPolicies.Create("freeness-band", options)).Message;
        Assert.Contains("MinInstances is 0", Wrong(new() { MinInstances = 0 }), StringComparison.Ordinal);
        Assert.Contains("MaxInstances is 1; it must be at least MinInstances, 2", Wrong(new() { MinInstances = 2, MaxInstances = 1 }), StringComparison.Ordinal);
        Assert.Contains("ScaleUpBelow is 60 and ScaleDownAbove is 60", Wrong(new() { ScaleUpBelow = 60 }), StringComparison.Ordinal);
        Assert.Contains("ScaleUpAfter is -00:00:01", Wrong(new() { ScaleUpAfter = TimeSpan.FromSeconds(-1) }), StringComparison.Ordinal);
        Assert.Contains("there are freeness-band, none.", Assert.Throws<ArgumentException>(() => ScalingPolicies.Create("x", new())).Message, StringComparison.Ordinal);
    }
}
