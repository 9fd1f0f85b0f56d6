using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Tests.Sessions;

/// <summary>A request tells at its end what it went through.</summary>
public sealed class RequestMovesTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_request_tells_how_often_it_moved_and_how_long_it_stood_still_each_time()
    {
        // A token is produced when the one before it was read.
        await using var node = await fixture.StartAsync(
            "llumnix.engine.block-size=4", "llumnix.engine.blocks=150", "llumnix.instances.count=2", "llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=1");
        var instances = (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id).ToArray();
        var request = fixture.Request("the in and the and in the", 40);
        using var stream = node.Client!.Generate(request);
        for (int move = 1; move <= 3; move++)
        {
            await stream.NextAsync();
            var here = (await node.Admin.RequestsAsync(default)).Single().Instance!.Value;
            Assert.Null(await node.Admin.MigrateAsync(request.Id, instances.Single(instance => instance != here), default));
            await Eventually.IsAsync(async () => (await node.Admin.RequestsAsync(default)).Single().Migrations == move);
            await Eventually.IsAsync(async () => (await node.Admin.MigrationsAsync(default)).Count(record => record.Outcome == MigrationOutcome.Moved) == move);
        }

        var finished = (await stream.ReadAsync())[^1];

        var records = await node.Admin.MigrationsAsync(default);
        Assert.All(records, record => Assert.True(record.DowntimeExact));
        Assert.Equal(records.Select(record => (TimeSpan?)record.Downtime), finished.Moves!.Downtimes);
        Assert.All(finished.Moves.Downtimes, downtime => Assert.True(downtime > TimeSpan.Zero));
        Assert.Equal(0, finished.Moves.Recoveries);
    }

    [Fact]
    public async Task A_request_whose_instance_was_lost_tells_of_its_recovery_and_of_no_migration()
    {
        await using var cluster = new LocalCluster(instances: 2, sets: ["llumnix.dispatch.policy=round-robin", "llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=4"]);
        await cluster.ReadyAsync();
        using var stream = cluster.Client.Generate(cluster.Request([7, 7], maxTokens: 60));
        await stream.NextAsync();
        cluster.Kill(cluster.Executors[0].Steps > 0 ? 0 : 1);

        var finished = (await stream.ReadAsync())[^1];

        Assert.Equal(GenerationEventKind.Finished, finished.Kind);
        Assert.Empty(finished.Moves!.Downtimes);
        Assert.Equal(1, finished.Moves.Recoveries);
    }
}
