using System.Diagnostics.Metrics;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;

namespace Llumnix.Actors.Tests.Metrics;

/// <summary>What is measured when things go other than well; the good cases are tested where they are served.</summary>
public sealed class NodeMetricsTests
{
    [Fact]
    public async Task A_lost_instance_is_told_of_no_more_and_its_request_as_recovered()
    {
        await using var cluster = new LocalCluster(
            instances: 2, sets: ["llumnix.dispatch.policy=round-robin", "llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=4"]);
        await cluster.ReadyAsync();
        Assert.Equal(2, Read(cluster, "num_requests_running").Count);
        using var stream = cluster.Client.Generate(cluster.Request([7, 7], maxTokens: 60));
        await stream.NextAsync();
        int lost = cluster.Executors[0].Steps > 0 ? 0 : 1;
        cluster.Kill(lost);
        await stream.ReadAsync();

        Assert.Equal(1, Read(cluster, "request_recoveries_total").Values.Single());
        Assert.Equal([$"model_name=scripted,instance={LocalCluster.IdOf(1 - lost)}"], Read(cluster, "num_requests_running").Keys);
        Assert.DoesNotContain(cluster.Metrics.Durations, durations => durations.Tags.Any(tag => Equals(tag.Value, LocalCluster.IdOf(lost).Name)));
        Assert.Equal(1, Read(cluster, "request_success_total")["model_name=scripted,finished_reason=length"]);
    }

    [Fact]
    public async Task Preemptions_are_counted_and_the_wait_after_one_is_not_the_queues()
    {
        // Three requests of 12 blocks in the end, but 20 blocks in all.
        await using var cluster = new LocalCluster(blocks: 20, sets: ["llumnix.engine.prefix-caching=off", "llumnix.engine.watermark=0"]);
        await cluster.ReadyAsync();
        var streams = Enumerable.Range(1, 3).Select(i => cluster.Client.Generate(cluster.Request([i, i], maxTokens: 44))).ToArray();
        var outputs = await Task.WhenAll(streams.Select(stream => stream.ReadAsync()));
        foreach (var stream in streams) stream.Dispose();

        Assert.All(outputs, events => Assert.Equal(GenerationEventKind.Finished, events[^1].Kind));
        await Eventually.IsAsync(() => Task.FromResult(Read(cluster, "num_preemptions_total").Values.Single() > 0));
        Assert.Equal(3, Count(cluster, "request_queue_time_seconds"));
        Assert.Equal(3, Count(cluster, "time_to_first_token_seconds"));
        Assert.Equal(3, Count(cluster, "e2e_request_latency_seconds"));
        Assert.Equal(3 * 43, Count(cluster, "inter_token_latency_seconds"));
    }

    [Fact]
    public async Task Tokens_that_are_lost_doubled_and_late_are_counted_once()
    {
        await using var cluster = new LocalCluster(instances: 2, loss: 0.1, seed: 3);
        await cluster.ReadyAsync();
        var requests = Enumerable.Range(1, 8).Select(i => cluster.Request([i], maxTokens: 30)).ToArray();
        var outputs = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = cluster.Client.Generate(request);
            return await stream.ReadAsync();
        }));

        Assert.Equal(outputs.Sum(events => events.TokensOf().Length - 1), Count(cluster, "inter_token_latency_seconds"));
        Assert.Equal(8, Count(cluster, "time_to_first_token_seconds"));
        Assert.Equal(8, Read(cluster, "request_success_total").Values.Sum());
    }

    private static long Count(LocalCluster cluster, string name) =>
        cluster.Metrics.Durations.Where(durations => durations.Name == name).Sum(durations => durations.Read().Sum(bucket => bucket.Count));

    /// <summary>What an instrument tells now, by its tags.</summary>
    private static Dictionary<string, double> Read(LocalCluster cluster, string name)
    {
        var read = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, cluster.Metrics.Meter) && instrument.Name == name) listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Note(value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Note(value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return read;

        void Note(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            read.Add(string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")), value);
    }
}
