using CsCheck;
using Llumnix.Scheduling.Dispatch;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Scheduling.Tests.Dispatch;

public sealed class HeldRequestsTests
{
    private static RequestId Id(int number) => RequestId.FromRandomBits(1, (ulong)number << 16);

    [Fact]
    public void The_more_urgent_leave_first_then_by_the_queue_order()
    {
        var held = new HeldRequests<string>(9, new ShortestPromptFirstOrder(10));
        held.TryAdd(Id(1), new QueuedRequest(Priority.Low, 1, 1), "low");
        held.TryAdd(Id(2), new QueuedRequest(Priority.Normal, 100, 20), "long");
        held.TryAdd(Id(3), new QueuedRequest(Priority.Normal, 200, 1), "short");
        held.TryAdd(Id(4), new QueuedRequest(Priority.High, 900, 90), "high");

        Assert.Equal(["high", "short", "long", "low"], held.InOrder);
    }

    [Fact]
    public void No_more_are_kept_than_may_be_but_those_that_have_begun()
    {
        var held = new HeldRequests<int>(1, PriorityArrivalOrder.Instance);

        Assert.True(held.TryAdd(Id(1), new QueuedRequest(Priority.Normal, 1, 1), 1));
        Assert.False(held.TryAdd(Id(2), new QueuedRequest(Priority.Normal, 2, 1), 2));
        Assert.True(held.TryAdd(Id(3), new QueuedRequest(Priority.Normal, 3, 1), 3, always: true));
        Assert.Equal([1, 3], held.InOrder);
    }

    [Fact]
    public void Whatever_comes_and_goes_the_rest_is_kept_in_order() =>
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, 2], Gen.Int[0, 9], Gen.Bool).Array[0, 60].Sample(steps =>
        {
            var held = new HeldRequests<(int Rank, int Arrival, int Number)>(5, PriorityArrivalOrder.Instance);
            var model = new Dictionary<int, (int Rank, int Arrival, int Number)>();
            foreach (var (number, rank, arrival, leaves) in steps)
            {
                if (leaves)
                {
                    Assert.Equal(model.Remove(number, out var expected), held.Remove(Id(number), out var left));
                    Assert.Equal(expected, left);
                }
                else if (!held.TryGet(Id(number), out _))
                {
                    bool added = held.TryAdd(Id(number), new QueuedRequest(new Priority((byte)rank), arrival, 1), (rank, arrival, number));
                    Assert.Equal(model.Count < 5, added);
                    if (added) model.Add(number, (rank, arrival, number));
                }

                Assert.Equal(model.Count, held.Count);
                Assert.Equal(model.Values.Order(), held.InOrder);
            }
        });
}
