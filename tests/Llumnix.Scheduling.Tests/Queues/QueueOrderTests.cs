using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Scheduling.Tests.Queues;

public sealed class QueueOrderTests
{
    private static string Served(IQueueOrder order, params (ulong Id, Priority Priority, long Arrival, int Tokens)[] requests)
    {
        var scheduler = new BatchScheduler(new BatchSchedulerOptions
        {
            BlockCount = 1000,
            MaxContext = 10_000,
            MaxRunning = 1,
            TokenBudget = 10_000,
            QueueOrder = order,
        });
        foreach (var (id, priority, arrival, tokens) in requests)
            Assert.True(scheduler.Add(new SequenceSpec(new RequestId(0, id << 16), priority, arrival, tokens, tokens + 1, [])).IsAccepted);

        string served = "";
        while (scheduler.Schedule() is { } plan)
        {
            served += plan.Items[0].Id.Low >> 16;
            scheduler.Complete(plan, plan.Items[0].Id);
        }

        return served;
    }

    [Fact]
    public void Priority_then_arrival_is_the_default_order() =>
        Assert.Equal(
            "4213",
            Served(
                new BatchSchedulerOptions { BlockCount = 1, MaxContext = 1 }.QueueOrder,
                (1, Priority.Normal, 20, 10), (2, Priority.Normal, 10, 500), (3, Priority.Low, 1, 1), (4, Priority.High, 30, 900)));

    [Fact]
    public void Shorter_prompts_go_first_but_a_long_one_is_overtaken_only_for_as_long_as_its_length_allows() =>
        Assert.Equal(
            "42315",
            Served(
                new ShortestPromptFirstOrder(tokenWait: 2),
                (1, Priority.Normal, 0, 100), (2, Priority.Normal, 150, 10), (3, Priority.Normal, 175, 11), (4, Priority.High, 999, 900), (5, Priority.Normal, 181, 10)));

    [Fact]
    public void A_request_keeps_its_place_when_it_comes_back_with_what_it_generated() =>
        Assert.Equal(
            500,
            new ShortestPromptFirstOrder(5).PlaceOf(new QueuedRequest(Priority.Normal, 0, new SequenceSpec(default, default, 0, 300, 400, []) { PromptTokens = 100 }.PromptTokens)));

    [Fact]
    public void Orders_go_by_name_and_an_unknown_name_or_value_is_told()
    {
        Assert.All(QueueOrders.Names, name => Assert.NotNull(QueueOrders.Create(name, new())));
        Assert.Contains(
            "\"fair\"; there are priority-arrival, shortest-prompt-first.",
            Assert.Throws<ArgumentException>(() => QueueOrders.Create("fair", new())).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "is -1; it must be 0 or more",
            Assert.Throws<ArgumentException>(() => QueueOrders.Create("shortest-prompt-first", new() { TokenWait = -1 })).Message,
            StringComparison.Ordinal);
    }
}
