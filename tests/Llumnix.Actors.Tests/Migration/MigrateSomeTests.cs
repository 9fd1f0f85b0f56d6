using Llumnix.Actors.Cluster;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>The order "move up to n requests from here to there", from operator to moved requests.</summary>
public sealed class MigrateSomeTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private static readonly string[] Settings =
    [
        "llumnix.engine.block-size=4", "llumnix.engine.blocks=150", "llumnix.load.report-interval=5ms", "llumnix.instances.count=2",
        // Unread, none of the requests can end.
        "llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=8",
    ];

    [Theory]
    [InlineData("[gateway,instance,manager]")]
    [InlineData("[gateway,instance]")]
    public async Task The_lower_priority_and_then_the_shorter_are_moved_and_all_streams_go_on(string roles)
    {
        await using var node = await fixture.StartAsync([.. Settings, $"llumnix.node.roles={roles}"]);
        InstanceId[] instances = [.. (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id)];
        // With the other one drained, all are placed on the first.
        Assert.Null(await node.Admin.DrainAsync(instances[1], on: true, default));
        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default))[1].State == "draining");
        GenerateRequest[] requests =
        [
            fixture.Request("in", 60) with { Priority = Priority.High },
            fixture.Request("the in and the and in the and er", 60),
            fixture.Request("the in and the and in the and er and the the in", 60) with { Priority = Priority.Low },
            fixture.Request("the", 60),
        ];
        var streams = requests.Select(request => node.Client!.Generate(request)).ToArray();
        await Eventually.IsAsync(async () => await AreAtAsync(node, instances[0], requests));
        Assert.Null(await node.Admin.DrainAsync(instances[1], on: false, default));
        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default))[1].State == "ready");

        var answer = await node.Admin.MigrateSomeAsync(instances[0], instances[1], new MoveLimits(2), default);

        Assert.Equal("", answer.Problem);
        Assert.Equal([requests[2].Id, requests[3].Id], answer.Begun);
        await Eventually.IsAsync(async () => await AreAtAsync(node, instances[1], [requests[2], requests[3]]));
        Assert.True(await AreAtAsync(node, instances[0], [requests[0], requests[1]]));
        var outputs = await Task.WhenAll(streams.Select(stream => stream.ReadAsync()));
        Assert.Equal(fixture.Expected(requests), outputs.Select(output => output.TokensOf()));
        Assert.Equal([0, 0, 1, 1], outputs.Select(output => output[^1].Moves!.Downtimes.Length));
        Assert.Equal(2, (await node.Admin.MigrationsAsync(default)).Count(record => record.Outcome == MigrationOutcome.Moved));
    }

    [Fact]
    public async Task No_more_are_begun_than_may_be_under_way_and_the_answer_says_so()
    {
        // A block a second: none of them ends soon.
        await using var node = await fixture.StartAsync(
            [.. Settings, "llumnix.migration.max-concurrent-out=2", "llumnix.migration.bandwidth-limit=1kB", "llumnix.migration.burst=1B"]);
        InstanceId[] instances = [.. (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id)];
        Assert.Null(await node.Admin.DrainAsync(instances[1], on: true, default));
        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default))[1].State == "draining");
        GenerateRequest[] requests = [.. Enumerable.Range(0, 4).Select(i => fixture.Request("the in and the and in the and er and the the in", 60, seed: (ulong)i))];
        var streams = requests.Select(request => node.Client!.Generate(request)).ToArray();
        await Eventually.IsAsync(async () => await AreAtAsync(node, instances[0], requests));
        Assert.Contains("is draining", (await node.Admin.MigrateSomeAsync(instances[0], instances[1], new MoveLimits(1), default)).Problem, StringComparison.Ordinal);
        Assert.Null(await node.Admin.DrainAsync(instances[1], on: false, default));
        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default))[1].State == "ready");

        var answer = await node.Admin.MigrateSomeAsync(instances[0], instances[1], new MoveLimits(9), default);

        Assert.Equal(2, answer.Begun.Length);
        Assert.Contains("llumnix.migration.max-concurrent-out", answer.Problem, StringComparison.Ordinal);
        foreach (var stream in streams) stream.Cancel();
    }

    [Fact]
    public async Task An_instance_without_requests_answers_that_it_began_none()
    {
        await using var node = await fixture.StartAsync(Settings);
        InstanceId[] instances = [.. (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id)];

        var answer = await node.Admin.MigrateSomeAsync(instances[0], instances[1], new MoveLimits(3), default);

        Assert.Equal((instances[0], instances[1], 0, ""), (answer.From, answer.To, answer.Begun.Length, answer.Problem));
    }

    private static async Task<bool> AreAtAsync(LlumnixNode node, InstanceId instance, GenerateRequest[] requests)
    {
        var all = await node.Admin.RequestsAsync(default);
        return requests.All(request => all.Any(status => status.Id == request.Id && status.State == "running" && status.Instance == instance));
    }
}
