using CsCheck;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Scheduling.Tests.Batching;

public sealed class HandOffTests
{
    private const int BlockSize = 4;

    private static BatchSchedulerOptions Options(int blocks = 20, int maxRunning = 4) =>
        new() { BlockCount = blocks, BlockSize = BlockSize, TokenBudget = 16, MaxRunning = maxRunning, MaxContext = 80, Watermark = 0 };

    private static RequestId Id(int number) => new(0, (ulong)number << 16);

    private static SequenceSpec Spec(int number, int known, int limit = 80) => new(Id(number), Priority.Normal, number, known, limit, []);

    private static void Step(BatchScheduler scheduler, Func<RequestId, bool>? finishes = null)
    {
        if (scheduler.Schedule() is not { } plan) return;
        RequestId[] finished = [.. plan.Items.Where(item => item.Samples && finishes?.Invoke(item.Id) == true).Select(item => item.Id)];
        scheduler.Complete(plan, finished);
    }

    [Fact]
    public void A_request_taken_out_keeps_its_blocks_and_runs_again_when_it_is_put_back()
    {
        var scheduler = new BatchScheduler(Options());
        scheduler.Add(Spec(1, known: 6));
        Step(scheduler);

        Assert.True(scheduler.TakeOut(Id(1)));
        Assert.Null(scheduler.Schedule());
        Assert.Equal(18, scheduler.Blocks.FreeCount);
        Assert.Equal(default, scheduler.LoadOf(Priority.Normal));

        Assert.True(scheduler.PutBack(Id(1)));
        Assert.Equal(6, scheduler.Schedule()!.Items[0].Start);
    }

    [Fact]
    public void A_request_taken_out_is_not_preempted_and_frees_its_blocks_when_it_is_cancelled()
    {
        var scheduler = new BatchScheduler(Options(blocks: 4));
        scheduler.Add(Spec(1, known: 4, limit: 16));
        scheduler.Add(Spec(2, known: 7, limit: 16));
        Step(scheduler);
        Assert.True(scheduler.TakeOut(Id(2)));

        for (int i = 0; i < 6; i++) Step(scheduler);

        Assert.Equal(2, scheduler.BlockTable(Id(2)).Length);
        Assert.True(scheduler.Cancel(Id(2)));
        Assert.False(scheduler.PutBack(Id(2)));
        Assert.True(scheduler.Cancel(Id(1)));
        Assert.Equal(4, scheduler.Blocks.FreeCount);
    }

    [Fact]
    public void What_a_step_computes_is_not_taken_out_under_it()
    {
        var scheduler = new BatchScheduler(Options());
        scheduler.Add(Spec(1, known: 6));
        var plan = scheduler.Schedule()!;

        Assert.False(scheduler.TakeOut(Id(1)));
        scheduler.Complete(plan);
        Assert.True(scheduler.TakeOut(Id(1)));
        Assert.False(scheduler.TakeOut(Id(1)));
    }

    [Fact]
    public void A_waiting_request_taken_out_goes_back_to_its_place_in_the_queue()
    {
        var scheduler = new BatchScheduler(Options());
        scheduler.Add(Spec(1, known: 6));
        scheduler.Add(Spec(2, known: 6));
        Assert.True(scheduler.TakeOut(Id(1)));
        Assert.Equal(1, scheduler.WaitingCount);

        Assert.True(scheduler.PutBack(Id(1)));
        Assert.Equal(Id(1), scheduler.Schedule()!.Items[0].Id);
    }

    [Fact]
    public void A_reservation_holds_blocks_and_a_place_and_the_request_runs_in_the_very_next_step()
    {
        var scheduler = new BatchScheduler(Options(maxRunning: 2));
        scheduler.Add(Spec(1, known: 4));
        scheduler.Add(Spec(2, known: 4));
        var blocks = new BlockId[3];
        Assert.True(scheduler.TryReserve(blocks, place: true));
        Step(scheduler);
        Assert.Equal(1, scheduler.RunningCount);
        Assert.False(scheduler.TryReserve(new BlockId[1], place: true));

        scheduler.Join(Spec(3, known: 10), computed: 9, blocks);

        var plan = scheduler.Schedule()!;
        Assert.Contains(plan.Items, item => item.Id == Id(3) && item is { Start: 9, Count: 1, Samples: true });
        Assert.Equal(blocks.Select(block => block.Index), plan.BlockTable(plan.Items.Single(item => item.Id == Id(3))).ToArray());
    }

    [Fact]
    public void A_reservation_that_is_given_up_leaves_nothing()
    {
        var scheduler = new BatchScheduler(Options());
        var blocks = new BlockId[20];
        Assert.True(scheduler.TryReserve(blocks, place: true));
        Assert.False(scheduler.TryReserve(new BlockId[1], place: false));

        scheduler.ReleaseReservation(blocks, place: true);

        Assert.Equal(20, scheduler.Blocks.FreeCount);
        Assert.Equal(0, scheduler.ReservedPlaces);
    }

    [Fact]
    public void A_request_must_come_with_the_blocks_of_all_its_tokens()
    {
        var scheduler = new BatchScheduler(Options());
        var blocks = new BlockId[2];
        scheduler.TryReserve(blocks, place: true);

        Assert.Throws<ArgumentException>(() => scheduler.Join(Spec(1, known: 9), computed: 8, blocks));
    }

    [Fact]
    public void However_requests_are_handed_to_and_fro_each_ends_once_and_no_block_or_place_is_left() =>
        Gen.Int[0, int.MaxValue].Array[10, 150].Sample(
            choices =>
            {
                BatchScheduler[] both = [new(Options()), new(Options())];
                var lengths = Enumerable.Range(1, 8).ToDictionary(Id, number => 2 + (number * 3));
                var ended = new List<RequestId>();
                foreach (var (id, known) in lengths) both[0].Add(new SequenceSpec(id, Priority.Normal, (long)id.Low, known, known + 12, []));

                bool Ends(BatchScheduler at, RequestId id)
                {
                    at.TryGetStatus(id, out var status);
                    if (status.KnownTokens + 1 < lengths[id] + 12) return false;
                    ended.Add(id);
                    return true;
                }

                foreach (int choice in choices)
                {
                    var from = both[choice % 2];
                    var to = both[1 - (choice % 2)];
                    if (choice % 3 == 0) HandOver(from, to, choice / 6);
                    else Step(from, id => Ends(from, id));
                }

                for (int i = 0; i < 400 && ended.Count < lengths.Count; i++)
                {
                    foreach (var scheduler in both) Step(scheduler, id => Ends(scheduler, id));
                }

                Assert.Equal(lengths.Keys.Order(), ended.Order());
                Assert.All(both, scheduler => Assert.Equal((20, 0), (scheduler.Blocks.FreeCount, scheduler.ReservedPlaces)));
            },
            iter: 300);

    /// <summary>Hands the chosen request over, or gives up as a migration would.</summary>
    private static void HandOver(BatchScheduler from, BatchScheduler to, int choice)
    {
        if (from.Requests.Count == 0) return;
        var id = from.Requests.Order().ElementAt(choice % from.Requests.Count);
        from.TryGetStatus(id, out var status);
        bool runs = status.Phase == SequencePhase.Running;
        var blocks = new BlockId[runs ? (status.KnownTokens / BlockSize) + 1 : 0];
        if (!to.TryReserve(blocks, runs)) return;

        Assert.True(from.TakeOut(id));
        if (choice % 5 == 0)
        {
            to.ReleaseReservation(blocks, runs);
            Assert.True(from.PutBack(id));
            return;
        }

        var spec = new SequenceSpec(id, Priority.Normal, (long)id.Low, status.KnownTokens, (int)(id.Low >> 16) * 3 + 14, []);
        if (runs) to.Join(spec, status.ComputedTokens, blocks);
        else Assert.True(to.Add(spec).IsAccepted);
        Assert.True(from.Cancel(id));
    }
}
