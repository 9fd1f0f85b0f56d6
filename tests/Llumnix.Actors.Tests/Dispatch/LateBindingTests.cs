using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.Dispatch;

/// <summary>Requests that wait at their gateway until an instance has room.</summary>
public sealed class LateBindingTests
{
    private const string Late = "llumnix.dispatch.policy=late-binding", OneRuns = "llumnix.engine.max-running=1";

    [Fact]
    public async Task Requests_wait_at_the_gateway_and_never_at_an_instance_until_there_is_room()
    {
        await using var cluster = new LocalCluster(instances: 2, sets: [Late, OneRuns]);
        await cluster.ReadyAsync();
        foreach (var executor in cluster.Executors) executor.Hold();
        var requests = Enumerable.Range(1, 8).Select(i => cluster.Request([i], maxTokens: 5)).ToArray();
        var streams = requests.Select(request => cluster.Client.Generate(request)).ToArray();
        await BothRunAsync(cluster);
        await Eventually.IsAsync(async () => (await cluster.RequestsAsync()).Count == 8);

        Assert.All(await cluster.InstancesAsync(), status => Assert.Equal((1, 0), (status.Running, status.Waiting)));

        foreach (var executor in cluster.Executors) executor.Release();
        for (int i = 0; i < streams.Length; i++)
        {
            Assert.Equal(LocalCluster.Expected(requests[i]), (await streams[i].ReadAsync()).TokensOf());
            streams[i].Dispose();
        }

        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task The_more_urgent_leave_the_gateway_first()
    {
        await using var cluster = new LocalCluster(sets: [Late, OneRuns]);
        await cluster.ReadyAsync();
        cluster.Executors[0].Hold();
        using var running = cluster.Client.Generate(cluster.Request([1], maxTokens: 3));
        await cluster.InstanceIsAsync(0, status => status.Running == 1);
        Priority[] priorities = [Priority.Low, Priority.Normal, Priority.High];
        var ended = new List<Priority>();
        var readers = new List<Task>();
        foreach (var priority in priorities)
        {
            var stream = cluster.Client.Generate(cluster.Request([2], maxTokens: 3) with { Priority = priority });
            readers.Add(ReadAsync(stream, priority));
            int waiting = readers.Count;
            await Eventually.IsAsync(async () => (await cluster.RequestsAsync()).Count == waiting + 1);
        }

        cluster.Executors[0].Release();
        await Task.WhenAll(readers);

        Assert.Equal([Priority.High, Priority.Normal, Priority.Low], ended);

        async Task ReadAsync(GenerationStream stream, Priority priority)
        {
            await stream.ReadAsync();
            lock (ended) ended.Add(priority);
            stream.Dispose();
        }
    }

    [Fact]
    public async Task One_that_is_cancelled_leaves_and_those_behind_it_are_served()
    {
        await using var cluster = new LocalCluster(sets: [Late, OneRuns, "llumnix.dispatch.max-held=1"]);
        await cluster.ReadyAsync();
        cluster.Executors[0].Hold();
        using var running = cluster.Client.Generate(cluster.Request([1], maxTokens: 3));
        await cluster.InstanceIsAsync(0, status => status.Running == 1);
        var cancelled = cluster.Client.Generate(cluster.Request([2], maxTokens: 3));
        await Eventually.IsAsync(async () => (await cluster.RequestsAsync()).Count == 2);

        cancelled.Dispose();
        await Eventually.IsAsync(async () => (await cluster.RequestsAsync()).Count == 1);
        // Only one may wait, so it does where the cancelled one did.
        var request = cluster.Request([3], maxTokens: 3);
        using var next = cluster.Client.Generate(request);
        await Eventually.IsAsync(async () => (await cluster.RequestsAsync()).Count == 2);
        cluster.Executors[0].Release();

        Assert.Equal(LocalCluster.Expected(request), (await next.ReadAsync()).TokensOf());
        Assert.Equal(6, cluster.Executors[0].Steps);
    }

    [Fact]
    public async Task One_more_than_may_wait_is_told_at_once_that_all_are_busy()
    {
        await using var cluster = new LocalCluster(sets: [Late, OneRuns, "llumnix.dispatch.max-held=1"]);
        await cluster.ReadyAsync();
        cluster.Executors[0].Hold();
        using var running = cluster.Client.Generate(cluster.Request([1], maxTokens: 3));
        await cluster.InstanceIsAsync(0, status => status.Running == 1);
        using var waiting = cluster.Client.Generate(cluster.Request([2], maxTokens: 3));
        await Eventually.IsAsync(async () => (await cluster.RequestsAsync()).Count == 2);

        using var refused = cluster.Client.Generate(cluster.Request([3], maxTokens: 3));
        var failure = Assert.Single(await refused.ReadAsync());

        Assert.Equal(GenerationError.Overloaded, failure.Error);
        Assert.Contains("llumnix.dispatch.max-held", failure.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_is_placed_when_the_instance_it_waited_for_is_gone_and_another_has_room()
    {
        await using var cluster = new LocalCluster(instances: 2, sets: [Late, OneRuns]);
        await cluster.ReadyAsync();
        foreach (var executor in cluster.Executors) executor.Hold();
        var requests = Enumerable.Range(1, 4).Select(i => cluster.Request([i], maxTokens: 5)).ToArray();
        var streams = requests.Select(request => cluster.Client.Generate(request)).ToArray();
        await BothRunAsync(cluster);

        cluster.Kill(0);
        cluster.Executors[0].Release();
        cluster.Executors[1].Release();

        for (int i = 0; i < streams.Length; i++)
        {
            Assert.Equal(LocalCluster.Expected(requests[i]), (await streams[i].ReadAsync()).TokensOf());
            streams[i].Dispose();
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.05)]
    public async Task Whatever_waits_ends_under_any_mix_of_lengths_and_a_lossy_link(int seed, double loss)
    {
        await using var cluster = new LocalCluster(instances: 3, blocks: 24, sets: [Late, "llumnix.engine.max-running=3"], loss: loss, seed: seed);
        await cluster.ReadyAsync();
        var random = new Random(seed);
        var requests = Enumerable.Range(0, 60)
            .Select(i => cluster.Request([.. Enumerable.Range(0, 1 + random.Next(40)).Select(_ => random.Next(1, 30))], maxTokens: 1 + random.Next(40)))
            .ToArray();

        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = cluster.Client.Generate(request);
            return (await stream.ReadAsync()).TokensOf();
        }));

        Assert.Equal(requests.Select(request => LocalCluster.Expected(request)), outputs);
        await cluster.EmptyAsync();
    }

    private static Task BothRunAsync(LocalCluster cluster) =>
        Eventually.IsAsync(async () => (await cluster.InstancesAsync()).All(status => status.Running == 1));
}
