using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Tests.Delivery;

/// <summary>Between real instances and real entities, every token comes once and in order, whatever happens on the way.</summary>
public sealed class DeliveryTests
{
    [Fact]
    public async Task A_request_gives_what_the_bare_engine_gives_and_leaves_nothing_behind()
    {
        await using var cluster = new LocalCluster();
        var request = cluster.Request([3, 1, 4, 1, 5], maxTokens: 40);

        using var stream = cluster.Client.Generate(request);
        var events = await stream.ReadAsync();

        Assert.Equal(LocalCluster.Expected(request), events.TokensOf());
        Assert.Equal((GenerationEventKind.Finished, FinishReason.Length, 40), (events[^1].Kind, events[^1].Reason, events[^1].Index));
        await cluster.EmptyAsync();
    }

    [Theory]
    [InlineData(1, 0.05)]
    [InlineData(2, 0.15)]
    [InlineData(3, 0.25)]
    public async Task Messages_that_are_dropped_doubled_and_reordered_change_no_output(int seed, double loss)
    {
        await using var cluster = new LocalCluster(instances: 2, sets: ["llumnix.delivery.max-unacked=7"], loss: loss, seed: seed);
        await cluster.ReadyAsync();
        var requests = Enumerable.Range(1, 12)
            .Select(i => cluster.Request([i, 2 * i % 33], maxTokens: 10 + (3 * i), new SamplingParameters { Seed = (ulong)i }))
            .ToArray();

        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = cluster.Client.Generate(request);
            return await stream.ReadAsync();
        }));

        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Equal(LocalCluster.Expected(requests[i]), outputs[i].TokensOf());
            Assert.Equal(FinishReason.Length, outputs[i][^1].Reason);
        }

        await cluster.EmptyAsync();
    }

    [Fact]
    public async Task Requests_in_one_batch_over_several_instances_give_what_they_give_alone()
    {
        await using var cluster = new LocalCluster(instances: 4, blocks: 120);
        await cluster.ReadyAsync();
        var requests = Enumerable.Range(0, 64)
            .Select(i => cluster.Request(
                [.. Enumerable.Range(1, 1 + (i * 7 % 40)).Select(k => 1 + ((k * (1 + (i % 5))) % 32))],
                maxTokens: 5 + (i % 50),
                new SamplingParameters { Temperature = i % 2, Seed = (ulong)i, Logprobs = i % 8 == 0 ? 2 : null }))
            .ToArray();

        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = cluster.Client.Generate(request);
            return await stream.ReadAsync();
        }));

        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Equal(LocalCluster.Expected(requests[i]), outputs[i].TokensOf());
            Assert.All(outputs[i].Where(e => e.Kind == GenerationEventKind.Token), e => Assert.Equal(i % 8 == 0, e.Logprobs is not null));
        }

        Assert.All(cluster.Executors, executor => Assert.True(executor.Steps > 0));
        await cluster.EmptyAsync();
    }
}
