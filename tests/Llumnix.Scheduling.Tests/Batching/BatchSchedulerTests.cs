using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Memory;

namespace Llumnix.Scheduling.Tests.Batching;

public sealed class BatchSchedulerTests
{
    private static readonly BlockHash Root = BlockHash.Root("a-model");

    private static BatchSchedulerOptions Options(int blocks = 100) =>
        new() { BlockCount = blocks, BlockSize = 4, TokenBudget = 16, MaxRunning = 8, MaxContext = 400, Watermark = 0 };

    private static RequestId Id(int number) => new(0, (ulong)number << 16);

    /// <summary>A request that shares no prefix.</summary>
    private static SequenceSpec Spec(int number, int known, int limit = 400, Priority? priority = null, long? arrival = null) =>
        new(Id(number), priority ?? Priority.Normal, arrival ?? number, known, limit, []);

    private static SequenceSpec WithPrompt(int number, int[] tokens, int limit = 400) =>
        new(Id(number), Priority.Normal, number, tokens.Length, limit, BlockHash.Chain(Root, tokens, 4));

    private static BatchScheduler With(BatchSchedulerOptions options, params SequenceSpec[] specs)
    {
        var scheduler = new BatchScheduler(options);
        foreach (var spec in specs) Assert.True(scheduler.Add(spec).IsAccepted);
        return scheduler;
    }

    /// <summary>What the next step computes, as "number:start+count", a star where it samples; completes it.</summary>
    private static string[] Step(BatchScheduler scheduler, params RequestId[] finished)
    {
        var plan = scheduler.Schedule();
        if (plan is null) return [];
        string[] text = [.. plan.Items.Select(item => $"{item.Id.Low >> 16}:{item.Start}+{item.Count}{(item.Samples ? "*" : "")}")];
        scheduler.Complete(plan, finished);
        return text;
    }

    private static SequenceStatus Status(BatchScheduler scheduler, int number)
    {
        Assert.True(scheduler.TryGetStatus(Id(number), out var status));
        return status;
    }

    [Fact]
    public void A_request_is_prefilled_then_decoded_and_its_blocks_are_free_when_it_finishes()
    {
        var scheduler = With(Options(), Spec(1, known: 6));
        Assert.Equal(["1:0+6*"], Step(scheduler));
        Assert.Equal(["1:6+1*"], Step(scheduler));
        Assert.Equal(98, scheduler.Blocks.FreeCount);
        Assert.Equal(["1:7+1*"], Step(scheduler, Id(1)));
        Assert.Equal(100, scheduler.Blocks.FreeCount);
        Assert.Null(scheduler.Schedule());
        Assert.False(scheduler.TryGetStatus(Id(1), out _));
    }

    [Fact]
    public void A_long_prompt_is_computed_in_chunks_and_samples_at_its_last_token_only()
    {
        var scheduler = With(Options(), Spec(1, known: 35));
        Assert.Equal(["1:0+16"], Step(scheduler));
        Assert.Equal(["1:16+16"], Step(scheduler));
        Assert.Equal(["1:32+3*"], Step(scheduler));
    }

    [Fact]
    public void A_plan_names_those_that_wait_no_longer()
    {
        var scheduler = With(Options(), Spec(1, known: 35), Spec(2, known: 3));

        Assert.Equal([Id(1)], Complete(scheduler));
        Assert.Equal([], Complete(scheduler));
        Assert.Equal([Id(2)], Complete(scheduler));

        static IReadOnlyList<RequestId> Complete(BatchScheduler scheduler)
        {
            var plan = scheduler.Schedule()!;
            RequestId[] admitted = [.. plan.Admitted];
            scheduler.Complete(plan);
            return admitted;
        }
    }

    [Fact]
    public void Decodes_come_before_running_prefills_and_those_before_admissions()
    {
        var scheduler = With(Options(), Spec(1, known: 2));
        Step(scheduler);
        scheduler.Add(Spec(2, known: 20));
        Assert.Equal(["1:2+1*", "2:0+15"], Step(scheduler));
        scheduler.Add(Spec(3, known: 30, priority: Priority.High));
        Assert.Equal(["1:3+1*", "2:15+5*", "3:0+10"], Step(scheduler));
    }

    [Fact]
    public void Whole_prompts_go_together_ahead_of_decodes()
    {
        var scheduler = With(Options() with { Prefill = PrefillMode.WholePrompt, TokenBudget = 1000, MaxContext = 1000 }, Spec(1, known: 6));
        Assert.Equal(["1:0+6*"], Step(scheduler));
        scheduler.Add(Spec(2, known: 20));
        scheduler.Add(Spec(3, known: 40));
        Assert.Equal(["2:0+20*", "3:0+40*"], Step(scheduler));
        Assert.Equal(["1:6+1*", "2:20+1*", "3:40+1*"], Step(scheduler));
    }

    [Fact]
    public void A_whole_prompt_that_does_not_fit_into_the_step_waits_for_the_next_and_is_not_overtaken()
    {
        var options = Options() with { Prefill = PrefillMode.WholePrompt, TokenBudget = 50, MaxContext = 50 };
        var scheduler = With(options, Spec(1, known: 30, limit: 50), Spec(2, known: 30, limit: 50), Spec(3, known: 5, limit: 50));
        Assert.Equal(["1:0+30*"], Step(scheduler));
        Assert.Equal(["2:0+30*", "3:0+5*"], Step(scheduler));
    }

    [Fact]
    public void Waiting_requests_are_admitted_by_priority_then_arrival_then_id()
    {
        var scheduler = With(
            Options() with { MaxRunning = 1 },
            Spec(1, 2, priority: Priority.Low, arrival: 1),
            Spec(3, 2, arrival: 7),
            Spec(2, 2, arrival: 7),
            Spec(4, 2, arrival: 5),
            Spec(5, 2, priority: Priority.High, arrival: 9));
        var order = new List<string>();
        foreach (int number in (int[])[5, 4, 2, 3, 1]) order.AddRange(Step(scheduler, Id(number)));
        Assert.Equal(["5:0+2*", "4:0+2*", "2:0+2*", "3:0+2*", "1:0+2*"], order);
    }

    [Fact]
    public void A_request_that_does_not_fit_is_not_overtaken_by_a_smaller_one()
    {
        var scheduler = With(Options(blocks: 10), Spec(1, known: 24, limit: 25));
        Step(scheduler);
        scheduler.Add(Spec(2, known: 20, limit: 25));
        scheduler.Add(Spec(3, known: 1, limit: 25));
        Assert.Equal(["1:16+8*"], Step(scheduler, Id(1)));
        Assert.Equal(["2:0+16"], Step(scheduler));
    }

    [Fact]
    public void The_watermark_stays_free_unless_nothing_else_could_run()
    {
        var options = Options(blocks: 10) with { Watermark = 0.3 };
        var scheduler = With(options, Spec(1, known: 36, limit: 37));
        Assert.Equal(["1:0+16"], Step(scheduler));
        scheduler.Cancel(Id(1));
        scheduler.Add(Spec(2, known: 4, limit: 40));
        scheduler.Add(Spec(3, known: 28, limit: 40));
        Assert.Equal(["2:0+4*"], Step(scheduler));
        scheduler.Cancel(Id(3));
        scheduler.Add(Spec(4, known: 20, limit: 40));
        Assert.Equal(["2:4+1*", "4:0+15"], Step(scheduler, Id(2)));
    }

    [Fact]
    public void A_decode_without_a_block_preempts_the_lowest_class_and_within_it_the_latest()
    {
        var scheduler = With(
            Options(blocks: 4),
            Spec(1, known: 4, limit: 9, priority: Priority.Low, arrival: 1),
            Spec(2, known: 4, limit: 9, arrival: 2),
            Spec(3, known: 4, limit: 9, arrival: 3),
            Spec(4, known: 4, limit: 9, priority: Priority.High, arrival: 4));
        Step(scheduler);
        var plan = scheduler.Schedule()!;
        Assert.Equal([Id(1), Id(3)], plan.Preempted);
        Assert.Equal([Id(4), Id(2)], plan.Items.Select(item => item.Id));
        scheduler.Complete(plan);
        Assert.Equal(2, scheduler.PreemptionCount);
        Assert.Equal(new SequenceStatus(SequencePhase.Waiting, false, Priority.Normal, 5, 0, 0, 1), Status(scheduler, 3));
    }

    [Fact]
    public void A_request_preempts_itself_rather_than_a_more_urgent_one()
    {
        var scheduler = With(
            Options(blocks: 4),
            Spec(1, known: 12, limit: 16, priority: Priority.High),
            Spec(2, known: 4, limit: 9, priority: Priority.Low));
        Step(scheduler);
        scheduler.SetPaused(Id(1), true);
        Assert.Null(scheduler.Schedule());
        Assert.Equal(SequencePhase.Waiting, Status(scheduler, 2).Phase);
        Assert.Equal(SequencePhase.Running, Status(scheduler, 1).Phase);
    }

    [Fact]
    public void A_preempted_request_comes_back_with_its_arrival_and_computes_all_its_tokens_again()
    {
        var scheduler = With(Options(blocks: 3), Spec(1, known: 4, limit: 9), Spec(2, known: 7, limit: 12));
        Step(scheduler);
        scheduler.Add(Spec(3, known: 1, limit: 3));
        Assert.Equal(["1:4+1*"], Step(scheduler));
        Assert.Equal(["1:5+1*"], Step(scheduler, Id(1)));
        Assert.Equal(["2:0+8*", "3:0+1*"], Step(scheduler));
    }

    [Fact]
    public void Full_blocks_of_a_known_prefix_are_shared_and_not_computed_again()
    {
        int[] prompt = [.. Enumerable.Range(0, 10)];
        var scheduler = With(Options(), WithPrompt(1, prompt));
        Step(scheduler, Id(1));
        scheduler.Add(WithPrompt(2, prompt));
        scheduler.Add(WithPrompt(3, [.. prompt[..4], .. prompt[..6]]));
        Assert.Equal(["2:8+2*", "3:4+6*"], Step(scheduler));
        Assert.Equal(scheduler.BlockTable(Id(2))[0], scheduler.BlockTable(Id(3))[0]);
        Assert.Equal((24L, 12L), (scheduler.PrefixCacheQueries, scheduler.PrefixCacheHits));
    }

    [Fact]
    public void The_last_token_is_computed_even_where_its_block_is_known()
    {
        int[] prompt = [.. Enumerable.Range(0, 8)];
        var scheduler = With(Options(), WithPrompt(1, prompt));
        Step(scheduler, Id(1));
        scheduler.Add(WithPrompt(2, prompt));
        Assert.Equal(["2:4+4*"], Step(scheduler));
    }

    [Fact]
    public void Siblings_that_arrive_together_compute_their_prompt_once()
    {
        int[] prompt = [.. Enumerable.Range(0, 22)];
        var scheduler = With(Options(), WithPrompt(1, prompt), WithPrompt(2, prompt), WithPrompt(3, prompt), Spec(4, known: 1));
        Assert.Equal(["1:0+16"], Step(scheduler));
        Assert.Equal(["1:16+6*", "4:0+1*"], Step(scheduler));
        Assert.Equal(["1:22+1*", "4:1+1*", "2:20+2*", "3:20+2*"], Step(scheduler));
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("paused")]
    public void A_sibling_goes_on_alone_when_the_one_it_waits_for_is(string fate)
    {
        int[] prompt = [.. Enumerable.Range(0, 22)];
        var scheduler = With(Options(), WithPrompt(1, prompt), WithPrompt(2, prompt));
        Step(scheduler);
        if (fate == "cancelled")
        {
            scheduler.Cancel(Id(1));
        }
        else
        {
            scheduler.SetPaused(Id(1), true);
        }

        Assert.Equal(["2:16+6*"], Step(scheduler));
    }

    [Fact]
    public void Blocks_filled_by_generated_tokens_are_found_by_the_next_turn()
    {
        int[] chat = [.. Enumerable.Range(0, 9)];
        var hashes = BlockHash.Chain(Root, chat, 4);
        var scheduler = With(Options(), WithPrompt(1, chat[..7]));
        Step(scheduler);
        scheduler.BlockFilled(Id(1), hashes[1]);
        Step(scheduler, Id(1));
        scheduler.Add(WithPrompt(2, chat));
        Assert.Equal(["2:8+1*"], Step(scheduler));
    }

    [Fact]
    public void A_block_that_is_not_full_has_no_hash() =>
        Assert.Contains(
            "block 0 is not full",
            Assert.Throws<ArgumentException>(() => With(Options(), Spec(1, known: 3)).BlockFilled(Id(1), Root)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Blocks_of_a_request_cancelled_during_a_step_stay_in_use_until_the_step_ends()
    {
        var scheduler = With(Options(), Spec(1, known: 6));
        var plan = scheduler.Schedule()!;
        Assert.True(scheduler.Cancel(Id(1)));
        Assert.False(scheduler.Cancel(Id(1)));
        Assert.Equal(98, scheduler.Blocks.FreeCount);
        Assert.True(scheduler.Add(Spec(1, known: 6)).IsAccepted);
        scheduler.Complete(plan, Id(1));
        Assert.Equal(100, scheduler.Blocks.FreeCount);
        Assert.Equal(["1:0+6*"], Step(scheduler));
    }

    [Fact]
    public void A_paused_request_keeps_its_blocks_and_is_left_out_until_resumed()
    {
        var scheduler = With(Options() with { MaxRunning = 1 }, Spec(1, known: 4), Spec(2, known: 2));
        Step(scheduler);
        Assert.True(scheduler.SetPaused(Id(1), true));
        Assert.Equal(["2:0+2*"], Step(scheduler, Id(2)));
        Assert.Empty(Step(scheduler));
        Assert.Equal(1, Status(scheduler, 1).BlockCount);
        scheduler.SetPaused(Id(1), false);
        Assert.Equal(["1:4+1*"], Step(scheduler));
        Assert.False(scheduler.SetPaused(Id(9), true));
    }

    [Fact]
    public void A_paused_request_is_preempted_before_others_of_its_class()
    {
        var scheduler = With(Options(blocks: 3), Spec(1, known: 4, limit: 9), Spec(2, known: 4, limit: 9), Spec(3, known: 2, limit: 9));
        Step(scheduler);
        scheduler.SetPaused(Id(1), true);
        Assert.Equal(["2:4+1*", "3:2+1*"], Step(scheduler));
        Assert.Equal(SequencePhase.Waiting, Status(scheduler, 1).Phase);
    }

    [Fact]
    public void Refusals_say_what_was_asked_and_what_there_is()
    {
        var scheduler = With(Options(blocks: 10) with { MaxWaiting = 1 }, Spec(1, known: 1, limit: 40));
        Assert.Equal(new AdmissionResult(AdmissionRefusal.AlreadyKnown, 1, 0), scheduler.Add(Spec(1, known: 1)));
        Assert.Equal(new AdmissionResult(AdmissionRefusal.TooLong, 401, 400), scheduler.Add(Spec(2, known: 1, limit: 401)));
        Assert.Equal(new AdmissionResult(AdmissionRefusal.NothingToGenerate, 5, 5), scheduler.Add(Spec(2, known: 5, limit: 5)));
        Assert.Equal(new AdmissionResult(AdmissionRefusal.NeedsMoreBlocks, 11, 10), scheduler.Add(Spec(2, known: 1, limit: 42)));
        Assert.Equal(new AdmissionResult(AdmissionRefusal.QueueFull, 2, 1), scheduler.Add(Spec(2, known: 1, limit: 41)));
        Assert.Equal(1, scheduler.WaitingCount);
        Assert.Contains("may need 11 KV blocks, but the instance has 10", scheduler.Add(Spec(2, 1, 42)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_that_fills_the_whole_memory_runs_to_its_end()
    {
        var scheduler = With(Options(blocks: 5) with { Watermark = 0.5 }, Spec(1, known: 10, limit: 21));
        Step(scheduler);
        for (int position = 10; position < 19; position++) Assert.Equal([$"1:{position}+1*"], Step(scheduler));
        Assert.Equal(["1:19+1*"], Step(scheduler, Id(1)));
        Assert.Equal(5, scheduler.Blocks.FreeCount);
    }

    [Fact]
    public void Completing_anything_but_the_step_under_way_or_going_beyond_a_limit_is_an_error()
    {
        var scheduler = With(Options(), Spec(1, known: 2, limit: 3));
        var plan = scheduler.Schedule()!;
        Assert.Throws<InvalidOperationException>(scheduler.Schedule);
        Assert.Throws<InvalidOperationException>(() => scheduler.Complete(new BatchPlan()));
        Assert.Contains(
            "3 tokens, its limit", Assert.Throws<InvalidOperationException>(() => scheduler.Complete(plan)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_load_tells_what_each_class_has()
    {
        var scheduler = With(
            Options(blocks: 10), Spec(1, known: 16, limit: 40), Spec(2, known: 20, limit: 40, priority: Priority.Low), Spec(3, known: 5, limit: 40, priority: Priority.Low));
        Step(scheduler);
        var load = scheduler.Load();
        Assert.Equal((10, 6, 1, 2, 7, 5), (load.TotalBlocks, load.FreeBlocks, load.Running, load.Waiting, load.WaitingDemand, load.HeadOfLineDemand));
        Assert.Equal(new ClassLoad(1, 4, 0, 0), load.Of(Priority.Normal));
        Assert.Equal(new ClassLoad(0, 0, 2, 7), load.Of(Priority.Low));
        Assert.Equal(default, load.Of(new Priority(9)));
    }

    [Fact]
    public void A_decode_step_allocates_nothing()
    {
        var options = Options() with { BlockSize = 64, MaxContext = 4000 };
        var scheduler = With(options, [.. Enumerable.Range(1, 8).Select(number => Spec(number, known: 2))]);
        void Steps(int count)
        {
            for (int i = 0; i < count; i++) scheduler.Complete(scheduler.Schedule()!);
        }

        Steps(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Steps(40);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(51, Status(scheduler, 1).ComputedTokens);
    }

    [Theory]
    [InlineData(0, 16, 8, 0.0, "BlockCount is 0")]
    [InlineData(1, 7, 8, 0.0, "TokenBudget is 7; it must be at least MaxRunning, 8")]
    [InlineData(1, 16, 8, 1.0, "Watermark is 1")]
    [InlineData(1, 16, 8, double.NaN, "Watermark is NaN")]
    public void Options_that_cannot_work_are_refused_by_name(int blocks, int budget, int running, double watermark, string sentence) =>
        Assert.Contains(
            sentence,
            Assert.Throws<ArgumentException>(() => new BatchScheduler(
                Options(blocks) with { TokenBudget = budget, MaxRunning = running, Watermark = watermark })).Message,
            StringComparison.Ordinal);

    private static BatchSchedulerOptions HighPreempts(int blocks, int running = 8) => Options(blocks) with { MaxRunning = running, PreemptsLower = [true] };

    private static string[] Preempted(BatchScheduler scheduler)
    {
        var plan = scheduler.Schedule()!;
        scheduler.Complete(plan);
        return [.. plan.Preempted.Select(id => $"{id.Low >> 16}")];
    }

    [Fact]
    public void A_request_of_a_preempting_class_takes_the_blocks_of_the_last_of_the_lowest_class_and_of_no_more_than_it_needs()
    {
        var scheduler = With(
            HighPreempts(blocks: 10),
            Spec(1, known: 6, limit: 40, priority: Priority.Normal), Spec(2, known: 5, limit: 40, priority: Priority.Low),
            Spec(3, known: 5, limit: 40, priority: Priority.Low), Spec(4, known: 6, limit: 40, priority: Priority.Normal));
        Step(scheduler);
        Step(scheduler);
        Assert.Equal(2, scheduler.Blocks.FreeCount);
        scheduler.Add(Spec(9, known: 15, limit: 40, priority: Priority.High));
        var plan = scheduler.Schedule()!;
        Assert.Equal([Id(3)], plan.Preempted);
        Assert.Equal([Id(1), Id(4), Id(2), Id(9)], plan.Items.Select(item => item.Id));
        scheduler.Complete(plan);
        Assert.Equal((SequencePhase.Waiting, 1), (Status(scheduler, 3).Phase, Status(scheduler, 3).Preemptions));
    }

    [Fact]
    public void The_preempted_one_goes_on_with_all_its_tokens_when_the_urgent_one_has_ended()
    {
        var scheduler = With(HighPreempts(blocks: 4), Spec(1, known: 12, limit: 17));
        Assert.Equal(["1:0+12*"], Step(scheduler));
        Assert.Equal(["1:12+1*"], Step(scheduler));
        scheduler.Add(Spec(2, known: 5, limit: 8, priority: Priority.High));
        Assert.Equal(["2:0+5*"], Step(scheduler));
        Assert.Equal(["2:5+1*"], Step(scheduler));
        Assert.Equal(["2:6+1*"], Step(scheduler, Id(2)));
        Assert.Equal(["1:0+14*"], Step(scheduler));
    }

    [Fact]
    public void Nobody_is_preempted_in_vain_or_within_a_class_or_by_a_class_that_does_not_preempt()
    {
        // 2 and 3 hold 6 of 8 blocks; all that is low would not make room for the 6 that are needed.
        var scheduler = With(HighPreempts(blocks: 8), Spec(2, known: 11, limit: 30, priority: Priority.High), Spec(3, known: 11, limit: 30, priority: Priority.Low));
        Step(scheduler);
        Step(scheduler);
        scheduler.Add(Spec(4, known: 23, limit: 30, priority: Priority.High));
        Assert.Empty(Preempted(scheduler));
        Assert.Equal(SequencePhase.Waiting, Status(scheduler, 4).Phase);

        scheduler = With(HighPreempts(blocks: 4), Spec(1, known: 11, limit: 15, priority: Priority.Low));
        Step(scheduler);
        scheduler.Add(Spec(2, known: 11, limit: 15, priority: Priority.Normal));
        Assert.Empty(Preempted(scheduler));
    }

    [Fact]
    public void A_place_in_the_batch_is_taken_too()
    {
        var scheduler = With(HighPreempts(blocks: 100, running: 2), Spec(1, known: 3), Spec(2, known: 3));
        Step(scheduler);
        scheduler.Add(Spec(3, known: 3, priority: Priority.High));
        Assert.Equal(["2"], Preempted(scheduler));
        Assert.Equal(SequencePhase.Running, Status(scheduler, 3).Phase);
        Assert.Empty(Preempted(scheduler));
    }

    [Fact]
    public void A_prefix_shared_with_the_preempted_one_is_not_counted_as_room()
    {
        int[] prompt = [.. Enumerable.Range(0, 12)];
        var scheduler = With(HighPreempts(blocks: 6), WithPrompt(1, prompt, limit: 20));
        Step(scheduler);
        Step(scheduler);

        // 1 holds 4 blocks, of which 2 are the other's first; with the 2 free ones that gives 4 for the 5 that it needs beside the shared 2.
        var urgent = WithPrompt(2, [.. prompt[..8], .. Enumerable.Range(100, 16)]) with { Priority = Priority.High };
        Assert.True(scheduler.Add(urgent with { TokenLimit = 25 }).IsAccepted);
        var plan = scheduler.Schedule()!;
        Assert.Equal([Id(1)], plan.Preempted);
        Assert.Equal(8, plan.Items[0].Start);
        Assert.Equal(6, Status(scheduler, 2).BlockCount);

        // With one block fewer it would be preempted in vain.
        scheduler = With(HighPreempts(blocks: 6), Spec(3, known: 2, limit: 20, priority: Priority.High), WithPrompt(1, prompt, limit: 20));
        Step(scheduler);
        scheduler.Add(urgent with { TokenLimit = 25 });
        Assert.Empty(Preempted(scheduler));
    }

    [Fact]
    public void The_prompt_of_a_preempting_class_is_computed_ahead_of_the_rest_of_a_lower_one()
    {
        var scheduler = With(HighPreempts(blocks: 100), Spec(1, known: 100));
        Assert.Equal(["1:0+16"], Step(scheduler));
        scheduler.Add(Spec(2, known: 20, priority: Priority.High));
        Assert.Equal(["2:0+16"], Step(scheduler));
        Assert.Equal(["2:16+4*", "1:16+12"], Step(scheduler));
        Assert.Equal(["2:20+1*", "1:28+15"], Step(scheduler));
    }

    [Fact]
    public void One_that_was_preempted_does_not_come_back_in_the_same_step()
    {
        // The last in order is too small, the next gives more than is needed.
        var options = HighPreempts(blocks: 12) with { Prefill = PrefillMode.WholePrompt, TokenBudget = 48, MaxContext = 48 };
        var scheduler = With(options, Spec(1, known: 38, limit: 48), Spec(2, known: 3, limit: 48));
        Step(scheduler);
        Step(scheduler);
        scheduler.Add(Spec(3, known: 20, limit: 48, priority: Priority.High));
        var plan = scheduler.Schedule()!;
        Assert.Equal([Id(2), Id(1)], plan.Preempted);
        Assert.Equal([Id(3)], plan.Items.Select(item => item.Id));
    }

    [Fact]
    public void Each_preemption_counts_what_is_shared_anew()
    {
        int[] prompt = [.. Enumerable.Range(0, 9)];
        var scheduler = With(HighPreempts(blocks: 9), WithPrompt(1, prompt, limit: 30));
        Step(scheduler);
        scheduler.Add(WithPrompt(2, prompt, limit: 30));
        Step(scheduler);
        scheduler.Add(Spec(3, known: 24, limit: 30, priority: Priority.High));
        Assert.Equal(["2"], Preempted(scheduler));
        scheduler.Cancel(Id(3));
        Step(scheduler);
        Assert.Equal((SequencePhase.Running, 5), (Status(scheduler, 2).Phase, scheduler.Blocks.FreeCount));

        // 2 has one block of its own, and its two others are not free without 1.
        scheduler.Add(Spec(4, known: 27, limit: 30, priority: Priority.High));
        Assert.Equal(["2", "1"], Preempted(scheduler));
    }
}
