using Llumnix.Actors.Cluster;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>What moves do to the requests beside them, and to clients that do not read.</summary>
public sealed class MovesAmongOthersTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Prompt = "the in and the and in the and er and the the in and er the in and the er in the";

    [Fact]
    public async Task A_request_that_waits_for_blocks_gets_those_that_a_broken_copy_gives_back()
    {
        // A block a second, so that the copy is under way until it is broken off.
        await using var node = await fixture.StartAsync(
            "llumnix.instances.count=2",
            "llumnix.engine.block-size=4",
            "llumnix.engine.blocks=14",
            "llumnix.engine.prefix-caching=off",
            "llumnix.delivery.stream-buffer=1",
            "llumnix.delivery.max-unacked=1",
            "llumnix.migration.bandwidth-limit=1kB",
            "llumnix.migration.burst=1B");
        var copied = fixture.Request(Prompt, 20);
        var unread = node.Client!.Generate(copied);
        await Eventually.IsAsync(async () => await FindAsync(node, copied.Id) is { State: "running", OutputTokens: > 0 });
        var here = (await FindAsync(node, copied.Id))!.Instance!.Value;
        var there = (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id).Single(instance => instance != here);
        Assert.Null(await node.Admin.MigrateAsync(copied.Id, there, default));
        await Eventually.IsAsync(async () => (await node.Admin.MigrationsAsync(default)) is [{ Phase: SourcePhase.Copying }]);
        // There is room for it nowhere.
        var waiting = fixture.Request(Prompt, 20);
        using var stream = node.Client.Generate(waiting);
        await Eventually.IsAsync(async () => await FindAsync(node, waiting.Id) is { State: "waiting", Instance: not null });
        if ((await FindAsync(node, waiting.Id))!.Instance != here)
        {
            Assert.Null(await node.Admin.MigrateAsync(waiting.Id, here, default));
            await Eventually.IsAsync(async () => (await FindAsync(node, waiting.Id))?.Instance == here);
        }

        unread.Dispose();

        Assert.Equal(fixture.Expected([waiting])[0], (await stream.ReadAsync()).TokensOf());
        await Audits.EmptyAsync(node.Admin);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_sent_no_more_by_moving()
    {
        const int buffer = 4;
        await using var node = await fixture.StartAsync(
            "llumnix.instances.count=2", "llumnix.engine.block-size=4", $"llumnix.delivery.stream-buffer={buffer}", $"llumnix.delivery.max-unacked={buffer}");
        var request = fixture.Request(Prompt, 100);
        using var unread = node.Client!.Generate(request);
        InstanceId[] instances = [.. (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id)];

        await Eventually.IsAsync(async () => await FindAsync(node, request.Id) is { OutputTokens: > 0 });
        var at = (await FindAsync(node, request.Id))!.Instance!.Value;

        for (int i = 0; i < 40; i++)
        {
            var there = instances.Single(instance => instance != at);
            Assert.Null(await node.Admin.MigrateAsync(request.Id, there, default));
            await Eventually.IsAsync(async () => (await FindAsync(node, request.Id))?.Instance == there);
            at = there;
            await Eventually.IsAsync(async () => (await node.Admin.MigrationsAsync(default)).All(record => record.Outcome is not null));
        }

        // What the channel holds, what waits beside it, and what was under way when it was full.
        Assert.InRange((await FindAsync(node, request.Id))!.OutputTokens, 1, 3 * buffer);
        Assert.Equal(fixture.Expected([request])[0], (await unread.ReadAsync()).TokensOf());
        await Audits.EmptyAsync(node.Admin);
    }

    private static async Task<RequestStatus?> FindAsync(LlumnixNode node, RequestId request) =>
        (await node.Admin.RequestsAsync(default)).SingleOrDefault(status => status.Id == request);
}
