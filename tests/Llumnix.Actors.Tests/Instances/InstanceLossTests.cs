using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Tests.Instances;

/// <summary>A request outlives the instance it runs on.</summary>
public sealed class InstanceLossTests
{
    [Fact]
    public async Task A_request_whose_instance_is_killed_goes_on_elsewhere_with_the_same_tokens()
    {
        await using var cluster = new LocalCluster(instances: 2, sets: ["llumnix.dispatch.policy=round-robin"]);
        await cluster.ReadyAsync();
        var request = cluster.Request([7, 7], maxTokens: 100, new SamplingParameters { Seed = 5, Logprobs = 1 });

        using var stream = cluster.Client.Generate(request);
        var events = new List<GenerationEvent> { await stream.NextAsync() };
        int first = cluster.Executors[0].Steps > 0 ? 0 : 1;
        cluster.Executors[first].Hold();
        cluster.Kill(first);
        cluster.Executors[first].Release();
        events.AddRange(await stream.ReadAsync());

        Assert.Equal(LocalCluster.Expected(request), events.TokensOf());
        Assert.Equal(FinishReason.Length, events[^1].Reason);
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_device_that_fails_in_a_step_ends_its_instance_and_no_request()
    {
        await using var cluster = new LocalCluster(instances: 2);
        await cluster.ReadyAsync();
        foreach (var executor in cluster.Executors) executor.FailAtStep = 10;
        cluster.Executors[1].FailAtStep = 0;
        var requests = Enumerable.Range(1, 8).Select(i => cluster.Request([i], maxTokens: 30)).ToArray();

        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = cluster.Client.Generate(request);
            return await stream.ReadAsync();
        }));

        for (int i = 0; i < requests.Length; i++) Assert.Equal(LocalCluster.Expected(requests[i]), outputs[i].TokensOf());
        Assert.Contains(outputs.SelectMany(events => events), happened =>
            happened.Kind == GenerationEventKind.Moved && happened.From == LocalCluster.IdOf(0) && happened.To == LocalCluster.IdOf(1));
        await cluster.InstanceIsAsync(0, status => status.State == "stopped");
        await Eventually.IsAsync(() => Task.FromResult(cluster.Executors[0].IsDisposed));
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_step_beyond_its_deadline_is_the_death_of_its_instance()
    {
        await using var cluster = new LocalCluster(
            instances: 2, sets: ["llumnix.engine.step-deadline=3s", "llumnix.dispatch.policy=round-robin"]);
        await cluster.ReadyAsync();
        cluster.Executors[0].Hold();
        var requests = Enumerable.Range(1, 4).Select(i => cluster.Request([i, i], maxTokens: 20)).ToArray();

        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = cluster.Client.Generate(request);
            return await stream.ReadAsync();
        }));

        for (int i = 0; i < requests.Length; i++) Assert.Equal(LocalCluster.Expected(requests[i]), outputs[i].TokensOf());
        Assert.Equal("stopped", (await cluster.InstancesAsync())[0].State);
    }

    [Fact]
    public async Task An_instance_that_falls_silent_is_suspected_and_what_it_held_is_stopped_when_it_is_heard_again()
    {
        await using var cluster = new LocalCluster(instances: 2, sets:
        [
            "llumnix.load.suspect-after=400ms", "llumnix.load.heartbeat-interval=100ms", "llumnix.delivery.orphan-after=300ms",
            "llumnix.delivery.max-unacked=8",
        ]);
        await cluster.ReadyAsync();
        // Resumable, so that its entity is still there to repeat the stop.
        var request = cluster.Request([9, 8, 7], maxTokens: 200) with { Resumable = true };
        cluster.Executors[1].Hold();

        // Wherever it runs, it cannot end before the cut: one side is held, the other pauses at max-unacked.
        using var stream = cluster.Client.Generate(request);
        await Eventually.IsAsync(() => Task.FromResult(cluster.Executors.Any(executor => executor.Steps > 0)));
        int first = cluster.Executors[0].Steps > 0 ? 0 : 1;
        cluster.Cut(first, off: true);
        cluster.Executors[1].Release();
        var events = await stream.ReadAsync();

        Assert.Equal(LocalCluster.Expected(request), events.TokensOf());
        Assert.Equal("suspected", (await cluster.InstancesAsync())[first].State);
        cluster.Cut(first, off: false);
        await cluster.InstanceIsAsync(first, status => status is { State: "ready", Running: 0, Waiting: 0 });
        Assert.True(await cluster.Client.CancelAsync(request.Id, CancellationToken.None));
        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_request_that_nobody_acknowledges_is_paused_and_then_dropped_with_its_blocks()
    {
        await using var cluster = new LocalCluster(sets:
        [
            "llumnix.delivery.orphan-after=200ms", "llumnix.delivery.resume-window=600ms", "llumnix.load.suspect-after=30s",
        ]);
        await cluster.ReadyAsync();
        var request = cluster.Request([1], maxTokens: 500);

        using var stream = cluster.Client.Generate(request);
        await stream.NextAsync();
        cluster.Cut(0, off: true);
        await cluster.InstanceWithoutLinkIsAsync(0, load => load is { Running: 0, Waiting: 0 });

        Assert.True(cluster.Executors[0].Steps < 500, "The request ran to its end though nobody heard it.");
    }
}
