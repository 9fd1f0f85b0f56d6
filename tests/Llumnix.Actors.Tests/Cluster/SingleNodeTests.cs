using Llumnix.Actors.Tests.Support;

namespace Llumnix.Actors.Tests.Cluster;

/// <summary>A whole node with a real model.</summary>
public sealed class SingleNodeTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task Many_streams_over_several_instances_give_what_each_gives_alone()
    {
        await using var node = await fixture.StartAsync("llumnix.instances.count=4");
        Assert.True(node.Ready);
        var requests = Enumerable.Range(0, 64)
            .Select(i => fixture.Request($"the {i} and the {i * 7 % 11} in there", 10 + (i % 30), temperature: i % 2, seed: (ulong)i))
            .ToArray();

        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = node.Client!.Generate(request);
            return (await stream.ReadAsync()).TokensOf();
        }));

        Assert.Equal(fixture.Expected(requests), outputs);

        // A report from before the first request says that nothing runs, too.
        await Eventually.IsAsync(async () =>
        {
            var reported = await node.Admin.InstancesAsync(default);
            return reported.Sum(instance => instance.GeneratedTokens) == outputs.Sum(output => output.Length)
                && reported.All(instance => instance is { State: "ready", Running: 0, Waiting: 0 } && instance.FreeBlocks == instance.TotalBlocks);
        });
        Assert.Empty(await node.Admin.RequestsAsync(default));
        var instances = await node.Admin.InstancesAsync(default);
        Assert.Equal(4, instances.Count);
        Assert.All(instances, instance => Assert.True(instance.StepMilliseconds > 0));
        Assert.Equal(requests.Sum(request => request.Prompt.Length), instances.Sum(instance => instance.PromptTokens));
    }

    [Fact]
    public async Task The_bundled_model_tells_in_company_the_stories_it_tells_alone()
    {
        using var stories = new NodeFixture(NodeFixture.Bundled);
        await using var node = await stories.StartAsync("llumnix.instances.count=4");
        var requests = Enumerable.Range(0, 64)
            .Select(i => stories.Request("Once upon a time", 8 + (i % 17), temperature: i % 2, seed: (ulong)i))
            .ToArray();

        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = node.Client!.Generate(request);
            return (await stream.ReadAsync()).TokensOf();
        }));

        Assert.Equal(stories.Expected(requests), outputs);
    }

    [Fact]
    public async Task A_node_without_a_global_manager_serves_all_the_same()
    {
        await using var node = await fixture.StartAsync("llumnix.instances.count=1", "llumnix.node.roles=[gateway,instance]");
        var request = fixture.Request("the and", 12);

        using var stream = node.Client!.Generate(request);

        Assert.Equal(fixture.Expected([request])[0], (await stream.ReadAsync()).TokensOf());
        Assert.Single(await node.Admin.InstancesAsync(default));
    }

    [Fact]
    public async Task A_node_that_stops_tells_its_streams_and_is_not_ready_any_more()
    {
        var node = await fixture.StartAsync("llumnix.instances.count=1", "llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=1");
        using var stream = node.Client!.Generate(fixture.Request("the", 200));
        await stream.NextAsync();

        await node.StopAsync();

        Assert.False(node.Ready);
        Assert.Equal("The node is going down.", (await stream.ReadAsync())[^1].Text);
        Assert.True(node.Stopped.IsCompletedSuccessfully);
    }
}
