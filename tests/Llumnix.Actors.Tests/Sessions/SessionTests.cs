using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Tests.Sessions;

/// <summary>What a client of a gateway can rely on.</summary>
public sealed class SessionTests
{
    [Fact]
    public async Task Choices_have_seeds_of_their_own_and_share_their_prompts_blocks()
    {
        await using var cluster = new LocalCluster(instances: 4);
        await cluster.ReadyAsync();
        int[] prompt = [.. Enumerable.Range(0, 64).Select(i => 1 + (i % 32))];
        var request = cluster.Request(prompt, maxTokens: 12, new SamplingParameters { Seed = 11 }) with { Choices = 3 };
        foreach (var executor in cluster.Executors) executor.Hold();

        using var stream = cluster.Client.Generate(request);
        await Eventually.IsAsync(async () => (await cluster.InstancesAsync()).Any(instance => instance.Running + instance.Waiting == 3));
        foreach (var executor in cluster.Executors) executor.Release();
        var events = await stream.ReadAsync();

        Assert.All(Enumerable.Range(0, 3), choice => Assert.Equal(LocalCluster.Expected(request, choice), events.TokensOf(choice)));
        Assert.Equal(3, events.Count(happened => happened.Kind == GenerationEventKind.Finished));
        Assert.Single(cluster.Executors, executor => executor.Steps > 0);
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task The_text_ends_before_a_stop_string_and_the_reason_names_it()
    {
        await using var cluster = new LocalCluster();
        var free = cluster.Request([5, 6], maxTokens: 30);
        string text = new LetterTokenizer().Decode(LocalCluster.Expected(free));
        string stop = text[10..13];
        var request = cluster.Request([5, 6], maxTokens: 30, new SamplingParameters { Temperature = 0, Stop = [stop] });

        using var stream = cluster.Client.Generate(request);
        var events = await stream.ReadAsync();

        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], events.TextOf());
        Assert.Equal((FinishReason.Stop, stop), (events[^1].Reason, events[^1].StopReason));
    }

    [Fact]
    public async Task A_stop_token_of_the_request_ends_it_and_is_named_but_not_shown()
    {
        await using var cluster = new LocalCluster();
        int[] free = LocalCluster.Expected(cluster.Request([5, 6], maxTokens: 30));
        int end = free[7];
        var request = cluster.Request([5, 6], maxTokens: 30, new SamplingParameters { Temperature = 0, StopTokenIds = [end] });

        using var stream = cluster.Client.Generate(request);
        var events = await stream.ReadAsync();

        int place = Array.IndexOf(free, end);
        Assert.Equal(free[..(place + 1)], events.TokensOf());
        Assert.Equal(new LetterTokenizer().Decode(free.AsSpan(0, place)), events.TextOf());
        Assert.Equal(end.ToString(System.Globalization.CultureInfo.InvariantCulture), events[^1].StopReason);
    }

    [Fact]
    public async Task A_cancelled_request_ends_with_that_reason_and_frees_its_blocks()
    {
        await using var cluster = new LocalCluster();
        using var stream = cluster.Client.Generate(cluster.Request([1, 2, 3], maxTokens: 500));
        await stream.NextAsync();

        stream.Cancel();
        var events = await stream.ReadAsync();

        Assert.Equal(FinishReason.Cancelled, events[^1].Reason);
        Assert.Equal(GenerationEventKind.Finished, events[^1].Kind);
        await cluster.EmptyAsync();
        Assert.True(cluster.Executors[0].Steps < 500, "The request ran to its end.");
    }

    [Fact]
    public async Task A_request_is_cancelled_by_its_id_from_elsewhere()
    {
        // Not read on, it cannot end by itself before it is cancelled.
        await using var cluster = new LocalCluster(sets: ["llumnix.delivery.stream-buffer=4", "llumnix.delivery.max-unacked=4"]);
        var request = cluster.Request([1, 2, 3], maxTokens: 500);
        using var stream = cluster.Client.Generate(request);
        await stream.NextAsync();

        Assert.True(await cluster.Client.CancelAsync(request.Id, CancellationToken.None));
        Assert.Equal(FinishReason.Cancelled, (await stream.ReadAsync())[^1].Reason);
        await cluster.EmptyAsync();
        Assert.False(await cluster.Client.CancelAsync(request.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_client_that_goes_away_takes_its_request_with_it()
    {
        await using var cluster = new LocalCluster();
        using (var stream = cluster.Client.Generate(cluster.Request([1, 2, 3], maxTokens: 500))) await stream.NextAsync();

        await cluster.EmptyAsync();
        Assert.True(cluster.Executors[0].Steps < 500, "The request ran to its end.");
    }

    [Fact]
    public async Task A_request_cancelled_while_it_waits_leaves_the_queue()
    {
        await using var cluster = new LocalCluster(sets: ["llumnix.engine.max-running=1"]);
        cluster.Executors[0].Hold();
        using var running = cluster.Client.Generate(cluster.Request([1], maxTokens: 5));
        await cluster.InstanceIsAsync(0, status => status.Running == 1);
        using var waiting = cluster.Client.Generate(cluster.Request([2], maxTokens: 5));
        await cluster.InstanceIsAsync(0, status => status.Waiting == 1);

        waiting.Cancel();

        await cluster.InstanceIsAsync(0, status => status.Waiting == 0);
        cluster.Executors[0].Release();
        Assert.Equal(FinishReason.Length, (await running.ReadAsync())[^1].Reason);
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_client_that_does_not_read_pauses_its_own_request_only()
    {
        await using var cluster = new LocalCluster(sets:
        [
            // Silence is no reason to ask a paused request for more.
            "llumnix.delivery.stream-buffer=4", "llumnix.delivery.max-unacked=16", "llumnix.delivery.resend-after=2ms",
        ]);
        var slow = cluster.Request([1, 2, 3], maxTokens: 400);
        var quick = cluster.Request([4, 5, 6], maxTokens: 300);

        using var unread = cluster.Client.Generate(slow);
        using var read = cluster.Client.Generate(quick);
        Assert.Equal(LocalCluster.Expected(quick), (await read.ReadAsync()).TokensOf());

        // The quick one took 300 steps; the slow one may be ahead of its client by buffer and window.
        var status = Assert.Single(await cluster.RequestsAsync());
        Assert.Equal(slow.Id, status.Id);
        Assert.InRange(status.OutputTokens, 4, 4 + (2 * 16));
        Assert.Equal(LocalCluster.Expected(slow), (await unread.ReadAsync()).TokensOf());
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_resumable_request_goes_on_without_its_client_and_is_replayed_from_the_offset()
    {
        await using var cluster = new LocalCluster();
        var request = cluster.Request([3, 2, 1], maxTokens: 60, new SamplingParameters { Seed = 9, Logprobs = 1 }) with { Resumable = true };
        int[] expected = LocalCluster.Expected(request);
        using (var stream = cluster.Client.Generate(request))
        {
            for (int i = 0; i < 5; i++) await stream.NextAsync();
        }

        using var resumed = await cluster.Client.ResumeAsync(request.Id, [5], CancellationToken.None);

        Assert.NotNull(resumed);
        Assert.Equal(9UL, resumed.Seed);
        var events = await resumed.ReadAsync();
        Assert.Equal(expected[5..], events.TokensOf(from: 5));
        Assert.Equal(new LetterTokenizer().Decode(expected.AsSpan(5)), events.TextOf());
        Assert.Equal((FinishReason.Length, 60), (events[^1].Reason, events[^1].Index));
        Assert.All(events.SkipLast(1), happened => Assert.NotNull(happened.Logprobs));
    }

    [Fact]
    public async Task A_request_that_ended_can_be_resumed_within_the_window_and_not_after()
    {
        await using var cluster = new LocalCluster(
            sets: ["llumnix.delivery.resume-window=700ms", "llumnix.delivery.orphan-after=200ms"]);
        var request = cluster.Request([3, 2, 1], maxTokens: 10) with { Resumable = true };
        using (var stream = cluster.Client.Generate(request)) await stream.ReadAsync();

        using (var resumed = await cluster.Client.ResumeAsync(request.Id, [0], CancellationToken.None))
        {
            Assert.Equal(LocalCluster.Expected(request), (await resumed!.ReadAsync()).TokensOf());
        }

        await cluster.EmptyAsync();
        Assert.Null(await cluster.Client.ResumeAsync(request.Id, [0], CancellationToken.None));
    }

    [Fact]
    public async Task A_second_client_takes_the_stream_over_from_the_first()
    {
        await using var cluster = new LocalCluster();
        var request = cluster.Request([3, 2, 1], maxTokens: 40) with { Resumable = true };
        using var first = cluster.Client.Generate(request);
        await first.NextAsync();

        using var second = await cluster.Client.ResumeAsync(request.Id, [0], CancellationToken.None);

        Assert.Equal(LocalCluster.Expected(request), (await second!.ReadAsync()).TokensOf());
        Assert.DoesNotContain(await first.ReadAsync(), happened => happened.Kind == GenerationEventKind.Failed);
    }

    [Fact]
    public async Task The_client_may_say_from_which_token_it_wants_a_request_generated_again()
    {
        await using var cluster = new LocalCluster();
        var request = cluster.Request([3, 2, 1], maxTokens: 20) with { Offsets = [12] };

        using var stream = cluster.Client.Generate(request);

        Assert.Equal(LocalCluster.Expected(request)[12..], (await stream.ReadAsync()).TokensOf(from: 12));
    }

    [Theory]
    [InlineData("other", 1, 1, 0f, GenerationError.UnknownModel, "The model other is not served here")]
    [InlineData(LocalCluster.Model, 512, 1, 0f, GenerationError.Invalid, "prompt has 512 tokens")]
    [InlineData(LocalCluster.Model, 0, 1, 0f, GenerationError.Invalid, "prompt has no tokens")]
    [InlineData(LocalCluster.Model, 1, 0, 0f, GenerationError.Invalid, "n is 0")]
    [InlineData(LocalCluster.Model, 1, 1, -1f, GenerationError.Invalid, "temperature")]
    public async Task A_request_that_cannot_be_served_is_refused_in_one_sentence(
        string model, int promptTokens, int choices, float temperature, GenerationError error, string sentence)
    {
        await using var cluster = new LocalCluster();
        var request = cluster.Request([.. Enumerable.Repeat(1, promptTokens)]) with { Model = model, Choices = choices };
        request = request with { Sampling = request.Sampling with { Temperature = temperature } };

        using var stream = cluster.Client.Generate(request);
        var failure = Assert.Single(await stream.ReadAsync());

        Assert.Equal((GenerationEventKind.Failed, error), (failure.Kind, failure.Error));
        Assert.Contains(sentence, failure.Text, StringComparison.Ordinal);
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_request_that_needs_more_blocks_than_any_instance_has_is_invalid()
    {
        await using var cluster = new LocalCluster(instances: 2, blocks: 10);
        await cluster.ReadyAsync();

        using var stream = cluster.Client.Generate(cluster.Request([.. Enumerable.Repeat(1, 30)], maxTokens: 100));
        var failure = Assert.Single(await stream.ReadAsync());

        Assert.Equal(GenerationError.Invalid, failure.Error);
        Assert.Contains("KV blocks", failure.Text, StringComparison.Ordinal);
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task When_all_queues_are_full_a_request_is_told_so_and_those_before_it_are_served()
    {
        await using var cluster = new LocalCluster(instances: 2, sets: ["llumnix.engine.max-running=1", "llumnix.engine.max-waiting=1"]);
        await cluster.ReadyAsync();
        foreach (var executor in cluster.Executors) executor.Hold();
        var requests = Enumerable.Range(1, 4).Select(i => cluster.Request([i], maxTokens: 5)).ToArray();
        var streams = new List<GenerationStream>();
        foreach (var request in requests)
        {
            int before = streams.Count;
            streams.Add(cluster.Client.Generate(request));
            await Eventually.IsAsync(async () => (await cluster.InstancesAsync()).Sum(status => status.Running + status.Waiting) == before + 1);
        }

        using var refused = cluster.Client.Generate(cluster.Request([9], maxTokens: 5));
        var failure = Assert.Single(await refused.ReadAsync());

        Assert.Equal((GenerationEventKind.Failed, GenerationError.Overloaded), (failure.Kind, failure.Error));
        foreach (var executor in cluster.Executors) executor.Release();
        for (int i = 0; i < streams.Count; i++)
        {
            Assert.Equal(LocalCluster.Expected(requests[i]), (await streams[i].ReadAsync()).TokensOf());
            streams[i].Dispose();
        }

        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_request_without_any_instance_waits_a_while_and_is_then_told_so()
    {
        await using var cluster = new LocalCluster(instances: 0, sets: ["llumnix.delivery.retry-interval=2ms"]);

        using var stream = cluster.Client.Generate(cluster.Request([1]));

        Assert.Equal(GenerationError.Unavailable, Assert.Single(await stream.ReadAsync()).Error);
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_node_that_goes_down_tells_every_stream_and_takes_no_further()
    {
        await using var cluster = new LocalCluster();
        using var stream = cluster.Client.Generate(cluster.Request([1], maxTokens: 500));
        await stream.NextAsync();

        await cluster.CloseSessionsAsync("The node is going down.");
        using var late = cluster.Client.Generate(cluster.Request([1]));

        foreach (var failure in new[] { (await stream.ReadAsync())[^1], Assert.Single(await late.ReadAsync()) })
            Assert.Equal((GenerationError.Unavailable, "The node is going down."), (failure.Error, failure.Text));
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task An_id_that_is_in_use_is_refused()
    {
        await using var cluster = new LocalCluster();
        cluster.Executors[0].Hold();
        var request = cluster.Request([1]);
        using var first = cluster.Client.Generate(request);
        using var second = cluster.Client.Generate(request);

        var failure = Assert.Single(await second.ReadAsync());

        Assert.Equal(GenerationError.Invalid, failure.Error);
        Assert.Contains(request.Id.ToString(), failure.Text, StringComparison.Ordinal);
        cluster.Executors[0].Release();
        Assert.Equal(LocalCluster.Expected(request), (await first.ReadAsync()).TokensOf());
    }
}
