using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;

namespace Llumnix.Actors.Tests.Cluster;

/// <summary>What becomes of the requests of a node that leaves.</summary>
public sealed class LeavingTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    /// <summary>Unread, a request stays at its window, and cannot end before its node does.</summary>
    private static readonly string[] Slow = ["llumnix.delivery.max-unacked=4", "llumnix.delivery.stream-buffer=1", "llumnix.delivery.resend-after=100ms"];

    [Fact]
    public async Task Its_requests_go_on_at_another_node_s_instance_with_all_they_have()
    {
        string port = NodeFixture.FreePort();
        string[] one = [$"llumnix.node.seeds=[\"127.0.0.1:{port}\"]", "llumnix.instances.count=1", "llumnix.node.roles=[instance]", .. Slow];
        await using var gateway = await fixture.StartAsync([one[0], $"llumnix.node.port={port}", "llumnix.node.roles=[gateway]", .. Slow]);
        var leaving = await fixture.StartAsync(one);
        await Eventually.IsAsync(() => Task.FromResult(gateway.Ready));
        var requests = Enumerable.Range(0, 6).Select(i => fixture.Request($"the {i} and in", 60 + i, temperature: 1, seed: (ulong)i)).ToArray();
        var streams = requests.Select(request => gateway.Client!.Generate(request)).ToArray();
        List<GenerationEvent>[] events = [.. await Task.WhenAll(streams.Select(async stream => new List<GenerationEvent> { await stream.NextAsync() }))];
        await using var staying = await fixture.StartAsync(one);
        await Eventually.IsAsync(async () => (await gateway.Admin.InstancesAsync(default)).Count == 2);

        await leaving.StopAsync();
        for (int i = 0; i < streams.Length; i++) events[i].AddRange(await streams[i].ReadAsync());

        Assert.Equal(fixture.Expected(requests), events.Select(each => each.TokensOf()));
        Assert.All(events, each => Assert.Single(each, happened => happened.Kind == GenerationEventKind.Moved));
        var left = Assert.Single(await gateway.Admin.InstancesAsync(default), instance => instance.State != "stopped");
        // A request placed anew would have brought its prompt along to be computed.
        Assert.Equal(0, left.PromptTokens);
        foreach (var stream in streams) stream.Dispose();
    }

    [Fact]
    public async Task A_node_whose_model_nobody_else_serves_goes_on_until_they_end()
    {
        string port = NodeFixture.FreePort();
        string seeds = $"llumnix.node.seeds=[\"127.0.0.1:{port}\"]";
        await using var gateway = await fixture.StartAsync(seeds, $"llumnix.node.port={port}", "llumnix.node.roles=[gateway,manager]");
        var leaving = await fixture.StartAsync(seeds, "llumnix.instances.count=1", "llumnix.node.roles=[instance]");
        await Eventually.IsAsync(() => Task.FromResult(gateway.Ready));
        var request = fixture.Request("the and in", 200, temperature: 1, seed: 3);
        using var stream = gateway.Client!.Generate(request);
        var events = new List<GenerationEvent> { await stream.NextAsync() };

        var stopping = leaving.StopAsync();
        events.AddRange(await stream.ReadAsync());
        await stopping;

        Assert.Equal(fixture.Expected([request])[0], events.TokensOf());
    }

    [Fact]
    public async Task Requests_that_cannot_leave_in_time_are_computed_again_elsewhere()
    {
        string port = NodeFixture.FreePort();
        string[] one =
        [
            $"llumnix.node.seeds=[\"127.0.0.1:{port}\"]", "llumnix.instances.count=1", "llumnix.node.roles=[instance]",
            // So narrow that no block gets through.
            "llumnix.node.drain-timeout=200ms", "llumnix.migration.bandwidth-limit=1B", "llumnix.migration.burst=1B", .. Slow,
        ];
        await using var gateway = await fixture.StartAsync([one[0], $"llumnix.node.port={port}", "llumnix.node.roles=[gateway]", .. Slow]);
        var leaving = await fixture.StartAsync(one);
        await Eventually.IsAsync(() => Task.FromResult(gateway.Ready));
        var request = fixture.Request("the and in", 60, temperature: 1, seed: 3);
        using var stream = gateway.Client!.Generate(request);
        var events = new List<GenerationEvent> { await stream.NextAsync() };
        await using var staying = await fixture.StartAsync(one);
        await Eventually.IsAsync(async () => (await gateway.Admin.InstancesAsync(default)).Count == 2);

        await leaving.StopAsync();
        events.AddRange(await stream.ReadAsync());

        Assert.Equal(fixture.Expected([request])[0], events.TokensOf());
        await Eventually.IsAsync(async () =>
            (await gateway.Admin.InstancesAsync(default)).Single(instance => instance.State != "stopped").PromptTokens == request.Prompt.Length);
    }
}
