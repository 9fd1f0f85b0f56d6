using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;
using static Llumnix.Scheduling.Tests.Load.Loads;

namespace Llumnix.Scheduling.Tests.Load;

public sealed class FreenessTests
{
    private static readonly Headrooms Headrooms = new(30, 0, 0);

    [Fact]
    public void Freeness_is_what_is_left_per_running_request()
    {
        Assert.Equal(20, Freeness.Of(Batch(used: 40, running: 3), terminating: false, Headrooms.None));
        Assert.Equal(100, Freeness.Of(Batch(), terminating: false, Headrooms.None));
    }

    [Fact]
    public void The_head_of_line_counts_with_its_demand_and_those_behind_do_not()
    {
        Assert.Equal(7, VirtualUsage.Waiting(7, headOfLine: true));
        Assert.Equal(0, VirtualUsage.Waiting(7, headOfLine: false));
        Assert.Equal(-10, Freeness.Of(Batch(used: 95, running: 2, headOfLine: 25) with { WaitingDemand = 60 }, terminating: false, Headrooms.None));
    }

    [Fact]
    public void A_class_shares_its_headroom_and_one_that_does_not_run_has_none()
    {
        Assert.Equal(25, VirtualUsage.Running(physicalUsage: 10, headroom: 30, running: 2));
        var load = Batch(used: 40, running: 3, classes: [new ClassLoad(2, 20, 0, 0), new ClassLoad(1, 20, 0, 0)]);
        Assert.Equal(70, VirtualUsage.Sum(load, terminating: false, Headrooms));
        var normal = Batch(used: 40, running: 3, classes: [new ClassLoad(0, 0, 1, 5), new ClassLoad(3, 40, 0, 0)]);
        Assert.Equal(40, VirtualUsage.Sum(normal, terminating: false, Headrooms));
    }

    [Fact]
    public void A_prefix_shared_by_many_requests_is_used_once()
    {
        var load = Batch(used: 40, running: 10, classes: [default, new ClassLoad(10, 310, 0, 0)]);
        Assert.Equal(6, Freeness.Of(load, terminating: false, Headrooms));
    }

    [Fact]
    public void A_terminating_instance_has_nothing_free_ever() =>
        Assert.Equal(double.NegativeInfinity, Freeness.Of(Batch(), terminating: true, Headrooms));

    [Fact]
    public void A_negative_headroom_is_refused_by_name() =>
        Assert.Contains("class 1 is -3", Assert.Throws<ArgumentException>(() => new Headrooms(0, -3)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_headroom_is_a_number_of_blocks_or_what_is_above_a_target_load()
    {
        Assert.Equal(30, Headroom.OfBlocks(30).On(20));
        Assert.Equal(70, Headroom.AboveBlocks(30).On(100));
        Assert.Equal(0, Headroom.AboveBlocks(30).On(20));
        Assert.Equal(748, Headroom.AboveShare(0.12).On(851));
        Assert.Equal(0, Headroom.AboveShare(1).On(851));
        Assert.Equal(0, Headroom.None.On(851));
        Assert.Throws<ArgumentException>(() => Headroom.AboveShare(1.1));
        Assert.Throws<ArgumentException>(() => Headroom.AboveBlocks(-1));
    }

    [Fact]
    public void One_request_of_a_class_with_a_target_load_makes_an_instance_look_full_above_it()
    {
        var headrooms = new Headrooms([Headroom.AboveShare(0.2)]);
        Assert.Equal(0, Freeness.Of(Batch(used: 20, running: 1, classes: [new ClassLoad(1, 20, 0, 0)]), terminating: false, headrooms));
        Assert.Equal(80, Freeness.Of(Batch(used: 20, running: 1, classes: [default, new ClassLoad(1, 20, 0, 0)]), terminating: false, headrooms));
    }
}
