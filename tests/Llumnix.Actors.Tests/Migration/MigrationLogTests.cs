using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling.Migration;
using Microsoft.Extensions.Logging;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>Every migration is told of in the log, once, and a failed one with its reason.</summary>
public sealed class MigrationLogTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_move_is_information_and_one_that_failed_a_warning_however_often_it_is_ordered_again()
    {
        using var log = new CapturedLog();
        await using var node = await LlumnixNode.StartAsync(
            LlumnixConfiguration.Load(sets:
            [
                $"llumnix.model.path={fixture.Path}", "llumnix.engine.threads=1", "llumnix.instances.count=2", "llumnix.engine.block-size=4",
                "llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=8", "llumnix.rebalance.policy=none",
            ]),
            new NodeDependencies { Log = log });
        var request = fixture.Request("the in and the and in the", 60);
        using var stream = node.Client!.Generate(request);
        await Eventually.IsAsync(async () => (await node.Admin.RequestsAsync(default)) is [{ State: "running" }]);
        var here = (await node.Admin.RequestsAsync(default))[0].Instance!.Value;
        var there = (await node.Admin.InstancesAsync(default)).Single(instance => instance.Id != here).Id;

        Assert.Null(await node.Admin.DrainAsync(there, on: true, default));
        for (int order = 1; order <= 3; order++) await EndsAsync(order, MigrationOutcome.Aborted);
        Assert.Null(await node.Admin.DrainAsync(there, on: false, default));
        await EndsAsync(4, MigrationOutcome.Moved);

        var record = (await node.Admin.MigrationsAsync(default))[^1];
        await Eventually.IsAsync(() => Task.FromResult(log.Lines.Any(line => line.Text.Contains("moved from", StringComparison.Ordinal))));
        // Debug lines are not logged by default.
        var told = log.Lines.Where(line => line.Text.StartsWith($"Request {request.Id} ", StringComparison.Ordinal)).ToArray();
        Assert.Equal([LogLevel.Warning, LogLevel.Information], told.Select(line => line.Level));
        Assert.Equal($"Request {request.Id} could not be moved from {here} to {there} and goes on: the destination is terminating.", told[0].Text);
        Assert.StartsWith(
            $"Request {request.Id} moved from {here} to {there} (live): {record.StageBlocks.Sum()} blocks, {record.Bytes} bytes in {record.StageBlocks.Length} stages, ",
            told[1].Text,
            StringComparison.Ordinal);

        async Task EndsAsync(int order, MigrationOutcome outcome)
        {
            Assert.Null(await node.Admin.MigrateAsync(request.Id, there, default));
            await Eventually.IsAsync(async () => (await node.Admin.MigrationsAsync(default)) is var all && all.Count == order && all[^1].Outcome == outcome);
        }
    }
}
