using Llumnix.Actors.Cluster;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Tests.Cluster;

/// <summary>The global manager moves requests of itself.</summary>
public sealed class RebalanceTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Theory]
    [InlineData("freeness-pairs")]
    [InlineData("balanced-pairs")]
    public async Task Requests_crowded_on_one_instance_move_to_one_that_becomes_free_and_all_streams_go_on(string policy)
    {
        await using var node = await fixture.StartAsync(
            "llumnix.engine.block-size=4", "llumnix.engine.blocks=150", "llumnix.load.report-interval=5ms", "llumnix.instances.count=2",
            $"llumnix.rebalance.policy={policy}", "llumnix.rebalance.interval=10ms", "llumnix.rebalance.source-below=30",
            "llumnix.rebalance.destination-above=40",
            // Unread, none of the requests can end.
            "llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=8");
        InstanceId[] instances = [.. (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id)];
        Assert.Null(await node.Admin.DrainAsync(instances[1], on: true, default));
        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default))[1].State == "draining");
        GenerateRequest[] requests = [.. Enumerable.Range(0, 6).Select(i => fixture.Request("the in and the and in the and er and the", 60, seed: (ulong)i))];
        var streams = requests.Select(request => node.Client!.Generate(request)).ToArray();
        await Eventually.IsAsync(async () => await CountAtAsync(node, instances[0]) == requests.Length);

        Assert.Null(await node.Admin.DrainAsync(instances[1], on: false, default));

        await Eventually.IsAsync(async () => await CountAtAsync(node, instances[1]) > 0);
        var outputs = await Task.WhenAll(streams.Select(stream => stream.ReadAsync()));
        Assert.Equal(fixture.Expected(requests), outputs.Select(output => output.TokensOf()));
        Assert.Contains(await node.Admin.MigrationsAsync(default), record => record is { Outcome: MigrationOutcome.Moved } && record.To == instances[1]);
    }

    private static async Task<int> CountAtAsync(LlumnixNode node, InstanceId instance) =>
        (await node.Admin.RequestsAsync(default)).Count(status => status.State == "running" && status.Instance == instance);
}
