using Llumnix.Scheduling.Dispatch;

namespace Llumnix.Scheduling.Tests.Dispatch;

public sealed class ReturnTimesTests
{
    /// <summary>After a minute in which so many requests ended every second.</summary>
    private static (ReturnTimes Times, TimeSpan Now) AfterAMinute(int perSecond)
    {
        var times = new ReturnTimes(TimeSpan.Zero);
        for (int second = 1; second <= 60; second++) times.Ended(perSecond, TimeSpan.FromSeconds(second));
        return (times, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Those_turned_away_are_called_back_one_after_the_other_at_the_rate_at_which_requests_end()
    {
        var (times, now) = AfterAMinute(2);

        double[] waits = [.. Enumerable.Range(0, 20).Select(_ => times.TurnAway(now)!.Value.TotalSeconds)];

        Assert.All(waits.Index(), wait => Assert.Equal((wait.Index + 1) * 0.5, wait.Item, tolerance: 0.06 * (wait.Index + 1)));
    }

    [Fact]
    public void Whom_time_has_called_back_nobody_waits_for()
    {
        var (times, now) = AfterAMinute(1);
        for (int i = 0; i < 5; i++) times.TurnAway(now);

        Assert.InRange(times.TurnAway(now + TimeSpan.FromSeconds(6))!.Value.TotalSeconds, 0.5, 2.5);
    }

    [Fact]
    public void Where_nothing_ends_nothing_can_be_said()
    {
        Assert.Null(new ReturnTimes(TimeSpan.Zero).TurnAway(TimeSpan.FromSeconds(1)));
        var (times, now) = AfterAMinute(1);
        Assert.Null(times.TurnAway(now + TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void Nobody_is_sent_away_for_more_than_two_minutes()
    {
        var (times, now) = AfterAMinute(1);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.True(times.TurnAway(now) <= TimeSpan.FromMinutes(2)));
    }
}
