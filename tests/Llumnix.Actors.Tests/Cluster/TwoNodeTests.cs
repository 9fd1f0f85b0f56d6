using Akka.Actor;
using Akka.Cluster.Sharding;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Llumnix.Actors.Tests.Cluster;

/// <summary>Gateway and instances on different nodes, with remoting and serializers between them.</summary>
public sealed class TwoNodeTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_gateway_serves_from_instances_of_another_node()
    {
        string port = NodeFixture.FreePort();
        string seeds = $"llumnix.node.seeds=[\"127.0.0.1:{port}\"]";
        await using var gateway = await fixture.StartAsync($"llumnix.node.port={port}", seeds, "llumnix.node.roles=[gateway,manager]");
        Assert.False(gateway.Ready);
        await using var instances = await fixture.StartAsync(seeds, "llumnix.instances.count=2", "llumnix.node.roles=[instance]");
        await Eventually.IsAsync(async () => gateway.Ready && (await gateway.Admin.InstancesAsync(default)).Count == 2);
        Assert.Null(instances.Client);
        var requests = Enumerable.Range(0, 16)
            .Select(i => fixture.Request($"the {i} in", 10 + i, temperature: i % 2, seed: (ulong)i))
            .Select(request => request with { Sampling = request.Sampling with { Logprobs = 2 } })
            .ToArray();

        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = gateway.Client!.Generate(request);
            return await stream.ReadAsync();
        }));

        Assert.Equal(fixture.Expected(requests), outputs.Select(output => output.TokensOf()));
        Assert.All(outputs.SelectMany(output => output), happened =>
            Assert.True(happened.Kind != GenerationEventKind.Token || happened.Logprobs!.TopTokens.Length == 2));

        // An instance node asks the global manager, which knows the same.
        var seen = await instances.Admin.InstancesAsync(default);
        Assert.Equal((await gateway.Admin.InstancesAsync(default)).Select(instance => instance.Id), seen.Select(instance => instance.Id));
    }

    [Fact]
    public async Task A_request_outlives_the_node_of_its_instance()
    {
        string port = NodeFixture.FreePort();
        string seeds = $"llumnix.node.seeds=[\"127.0.0.1:{port}\"]";
        string window = "llumnix.delivery.max-unacked=4";
        string[] one = [seeds, window, "llumnix.instances.count=1", "llumnix.node.roles=[instance]"];
        await using var gateway = await fixture.StartAsync(
            $"llumnix.node.port={port}", seeds, "llumnix.node.roles=[gateway]", window, "llumnix.delivery.stream-buffer=1");
        var first = await fixture.StartAsync(one);
        await Eventually.IsAsync(() => Task.FromResult(gateway.Ready));
        var request = fixture.Request("the and in", 120, temperature: 1, seed: 3);

        // Unread, it stays at its window and cannot end before its node does.
        using var stream = gateway.Client!.Generate(request);
        var events = new List<GenerationEvent> { await stream.NextAsync() };
        await using var second = await fixture.StartAsync(one);
        await Eventually.IsAsync(async () => (await gateway.Admin.InstancesAsync(default)).Count == 2);
        await first.StopAsync();
        events.AddRange(await stream.ReadAsync());

        Assert.Equal(fixture.Expected([request])[0], events.TokensOf());
        Assert.Contains(events, happened => happened.Kind == GenerationEventKind.Moved);
    }

    [Fact]
    public async Task Each_gateway_hosts_the_requests_of_its_own_clients()
    {
        string port = NodeFixture.FreePort();
        string[] both =
        [
            $"llumnix.node.seeds=[\"127.0.0.1:{port}\"]", "llumnix.instances.count=1", "llumnix.delivery.max-unacked=4",
            "llumnix.delivery.stream-buffer=1",
        ];
        await using var first = await fixture.StartAsync([$"llumnix.node.port={port}", .. both]);
        await using var second = await fixture.StartAsync([.. both, "llumnix.node.roles=[gateway]"]);
        await Eventually.IsAsync(() => Task.FromResult(second.Ready));
        LlumnixNode[] nodes = [first, second];
        var requests = Enumerable.Range(0, 8).Select(i => fixture.Request($"in {i}", 60, temperature: 1, seed: (ulong)i)).ToArray();

        // Unread, none of them can end.
        var streams = requests.Select((request, i) => nodes[i % 2].Client!.Generate(request)).ToArray();
        foreach (var stream in streams) await stream.NextAsync();

        for (int i = 0; i < nodes.Length; i++)
        {
            var own = requests.Where((_, number) => number % 2 == i).Select(request => request.Id);
            Assert.Equal(own.Order(), (await nodes[i].Admin.RequestsAsync(default)).Select(request => request.Id));
            int uid = AkkaCluster.Get(nodes[i].System).SelfUniqueAddress.Uid;
            var region = await ClusterSharding.Get(nodes[i].System).ShardRegion("request").Ask<CurrentShardRegionState>(GetShardRegionState.Instance);
            Assert.NotEmpty(region.Shards);
            Assert.All(region.Shards, shard => Assert.StartsWith($"{uid}/", shard.ShardId, StringComparison.Ordinal));
        }

        foreach (var stream in streams) stream.Dispose();
        foreach (var node in nodes) await Eventually.IsAsync(async () => (await node.Admin.RequestsAsync(default)).Count == 0);
        await Eventually.IsAsync(async () => (await first.Admin.InstancesAsync(default))[0] is { Running: 0, Waiting: 0 } instance
            && instance.FreeBlocks == instance.TotalBlocks);
        foreach (var node in nodes)
        {
            var region = await ClusterSharding.Get(node.System).ShardRegion("request").Ask<CurrentShardRegionState>(GetShardRegionState.Instance);
            Assert.All(region.Shards, shard => Assert.Empty(shard.EntityIds));
        }
    }
}
