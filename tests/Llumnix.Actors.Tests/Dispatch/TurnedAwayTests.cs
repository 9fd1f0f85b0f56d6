using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;

namespace Llumnix.Actors.Tests.Dispatch;

/// <summary>What a client hears that finds every queue full.</summary>
public sealed class TurnedAwayTests
{
    [Fact]
    public async Task One_after_the_other_is_told_a_later_time_once_the_cluster_knows_how_fast_requests_end()
    {
        await using var cluster = new LocalCluster(instances: 2, sets: ["llumnix.engine.max-running=1", "llumnix.engine.max-waiting=1"]);
        await cluster.ReadyAsync();
        for (int i = 0; i < 20; i++)
        {
            using var served = cluster.Client.Generate(cluster.Request([1], maxTokens: 2));
            await served.ReadAsync();
        }

        foreach (var executor in cluster.Executors) executor.Hold();
        var streams = new List<GenerationStream>();
        for (int i = 1; i <= 4; i++)
        {
            streams.Add(cluster.Client.Generate(cluster.Request([i], maxTokens: 5)));
            await Eventually.IsAsync(async () => (await cluster.InstancesAsync()).Sum(status => status.Running + status.Waiting) == streams.Count);
        }

        var times = new List<TimeSpan>();
        for (int i = 0; i < 200; i++)
        {
            using var refused = cluster.Client.Generate(cluster.Request([9], maxTokens: 5));
            var failure = Assert.Single(await refused.ReadAsync());
            Assert.Equal(GenerationError.Overloaded, failure.Error);
            times.Add(Assert.NotNull(failure.RetryAfter));
        }

        // Whatever the rate is, the last of so many has more of them before it than the first.
        Assert.True(times[^1] > times[0], $"The first was told {times[0]}, the last {times[^1]}.");
        foreach (var executor in cluster.Executors) executor.Release();
        foreach (var stream in streams) stream.Dispose();
        await cluster.EmptyAsync();
    }
}
