namespace Llumnix.Scheduling.Tests.Recovery;

/// <summary>Which of two placements may speak.</summary>
public sealed class EpochTests
{
    [Fact]
    public void A_later_placement_is_newer_and_a_later_incarnation_newer_than_all_placements()
    {
        Assert.True(new Epoch(1, 1) < new Epoch(1, 1).NextPlacement());
        Assert.True(new Epoch(1, 900) < new Epoch(1, 2).NextIncarnation(gateway: -7));
    }

    [Fact]
    public void Of_two_gateways_that_draw_the_same_incarnation_the_higher_wins_whatever_its_placements()
    {
        var low = new Epoch(1, 5).NextIncarnation(gateway: 3);
        var high = new Epoch(1, 2).NextIncarnation(gateway: 4);
        Assert.NotEqual(low, high);
        Assert.True(low.NextPlacement().NextPlacement() < high);
        Assert.True(low.IsTakenOverBy(high));
        Assert.False(high.IsTakenOverBy(low));
        Assert.False(low.IsTakenOverBy(low.NextPlacement()));
    }
}
