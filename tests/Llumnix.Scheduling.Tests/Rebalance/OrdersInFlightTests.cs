using Llumnix.Scheduling.Rebalance;
using static Llumnix.Scheduling.Tests.Load.Loads;

namespace Llumnix.Scheduling.Tests.Rebalance;

public sealed class OrdersInFlightTests
{
    private static readonly InstanceId A = new("a"), B = new("b"), C = new("c");

    private readonly OrdersInFlight _orders = new(TimeSpan.FromSeconds(1));

    private string View(int movingOut = 0, int movingIn = 0) => string.Join(
        ' ', _orders.View([Report("a") with { MovingOut = movingOut }, Report("b") with { MovingIn = movingIn }, Report("c")])
            .Select(instance => $"{instance.Report.Instance}:{instance.MovingOut}/{instance.MovingIn}"));

    private void Order(InstanceId to, int count, double at = 0) => _orders.Ordered(new MoveOrder(A, to, new MoveLimits(count)), 1, TimeSpan.FromSeconds(at));

    private void Reported(long sequence, int movingOut = 0, long incarnation = 1) =>
        _orders.Reported(Report("a", sequence, incarnation: incarnation) with { MovingOut = movingOut });

    [Fact]
    public void Moves_ordered_count_on_both_sides_and_those_reported_are_not_counted_twice()
    {
        Order(B, 2);
        Order(C, 1);
        Assert.Equal("a:3/0 b:0/2 c:0/1", View());
        Assert.Equal("a:3/0 b:0/2 c:0/1", View(movingOut: 2, movingIn: 1));
        Assert.Equal("a:5/0 b:0/4 c:0/1", View(movingOut: 5, movingIn: 4));
    }

    [Fact]
    public void An_order_ends_when_a_later_report_shows_no_move_any_more()
    {
        Order(B, 3);
        Reported(9);
        Assert.Equal(1, _orders.Count);
        _orders.Answered(A, B, begun: 2, lastReport: 10);
        Assert.Equal("a:2/0 b:0/2 c:0/0", View());
        Reported(10);
        Reported(11, movingOut: 1);
        Assert.Equal(1, _orders.Count);
        Reported(12);
        Assert.Equal("a:0/0 b:0/0 c:0/0", View());
    }

    [Fact]
    public void An_order_of_which_nothing_came_or_whose_sides_are_gone_is_none()
    {
        Order(B, 1);
        Order(B, 2);
        _orders.Answered(A, B, begun: 0, lastReport: 1);
        Assert.Equal("a:2/0 b:0/2 c:0/0", View());
        Reported(1, incarnation: 2);
        Assert.Equal(0, _orders.Count);
        Order(B, 1);
        Order(C, 1);
        _orders.Ended(B);
        Assert.Equal("a:1/0 b:0/0 c:0/1", View());
        _orders.Ended(A);
        Assert.Equal(0, _orders.Count);
    }

    [Fact]
    public void An_order_that_nobody_answers_lapses_and_one_that_was_answered_does_not()
    {
        Order(B, 1);
        Order(C, 1, at: 0.5);
        _orders.Answered(A, C, begun: 1, lastReport: 1);
        _orders.Expire(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _orders.Count);
        _orders.Expire(TimeSpan.FromSeconds(5));
        Assert.Equal("a:1/0 b:0/0 c:0/1", View());
    }
}
