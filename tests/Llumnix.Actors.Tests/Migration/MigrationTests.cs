using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>Running requests moved between real instances with real kernels; their clients must not be able to tell.</summary>
public sealed class MigrationTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private static readonly string[] Settings =
    [
        "llumnix.engine.block-size=4", "llumnix.engine.blocks=150", "llumnix.migration.last-stage-blocks=1", "llumnix.load.report-interval=5ms",
    ];

    /// <summary>A token is produced when the one before it was read: a move can be made at every position.</summary>
    private static readonly string[] Lockstep = ["llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=1"];

    private static readonly SamplingParameters Seeded = new()
    {
        Temperature = 0.9f,
        Seed = 42,
        MaxTokens = 40,
        IgnoreEos = true,
        Logprobs = 3,
        FrequencyPenalty = 0.4f,
        RepetitionPenalty = 1.1f,
    };

    public static TheoryData<string, string> Cases() => new()
    {
        { "greedy", "live" }, { "seeded", "live" }, { "seeded", "blocking-copy" }, { "seeded", "recompute" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_request_moved_at_every_token_gives_what_it_gives_unmoved(string sampling, string method)
    {
        await using var node = await fixture.StartAsync([.. Settings, .. Lockstep, "llumnix.instances.count=2", $"llumnix.migration.method={method}"]);
        var request = fixture.Request("the in and the and in the and er and the the in", 40) with
        {
            Sampling = sampling == "greedy" ? Seeded with { Temperature = 0 } : Seeded,
        };
        var expected = await ReadAsync(node, request, moves: false);

        var moved = await ReadAsync(node, fixture.Request("", 1) with { Prompt = request.Prompt, Sampling = request.Sampling }, moves: true);

        await AssertMovedAsync(expected, moved, [node]);
    }

    [Fact]
    public async Task A_request_moves_between_nodes_and_back_with_its_blocks_and_nobody_can_tell()
    {
        string port = NodeFixture.FreePort();
        string[] settings = [.. Settings, .. Lockstep, $"llumnix.node.seeds=[\"127.0.0.1:{port}\"]", "llumnix.instances.count=1"];
        await using var first = await fixture.StartAsync([.. settings, $"llumnix.node.port={port}"]);
        await using var second = await fixture.StartAsync(settings);
        await Eventually.IsAsync(async () => (await first.Admin.InstancesAsync(default)).Count == 2 && (await second.Admin.InstancesAsync(default)).Count == 2);
        var request = fixture.Request("the in and the and in the and er and the the in", 40) with { Sampling = Seeded };
        var expected = await ReadAsync(first, request, moves: false);

        var moved = await ReadAsync(first, fixture.Request("", 1) with { Prompt = request.Prompt, Sampling = request.Sampling }, moves: true);

        await AssertMovedAsync(expected, moved, [first, second]);
        var records = await second.Admin.MigrationsAsync(default);
        Assert.Contains(records, record => record is { Outcome: MigrationOutcome.Moved, Bytes: > 0 });
    }

    [Fact]
    public async Task A_drained_instance_ends_up_empty_while_its_streams_go_on()
    {
        await using var node = await fixture.StartAsync(
            [.. Settings, "llumnix.instances.count=2", "llumnix.delivery.stream-buffer=1", "llumnix.delivery.max-unacked=8", "llumnix.migration.retry-interval=20ms"]);
        var requests = Enumerable.Range(0, 8).Select(i => fixture.Request($"the {i} in", 100, temperature: 1, seed: (ulong)i)).ToArray();

        // Unread, none of them can end before the instance is drained.
        var streams = requests.Select(request => node.Client!.Generate(request)).ToArray();
        var drained = (await node.Admin.InstancesAsync(default))[0].Id;
        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default)).All(instance => instance.Running > 0));
        Assert.Null(await node.Admin.DrainAsync(drained, on: true, default));

        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default)).Single(instance => instance.Id == drained) is
        { Running: 0, Waiting: 0, State: "draining" } empty && empty.FreeBlocks == empty.TotalBlocks);
        var outputs = await Task.WhenAll(streams.Select(stream => stream.ReadAsync()));
        Assert.Equal(fixture.Expected(requests), outputs.Select(output => output.TokensOf()));
        foreach (var stream in streams) stream.Dispose();

        Assert.Null(await node.Admin.DrainAsync(drained, on: false, default));
        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default)).All(instance => instance.State == "ready"));
    }

    [Fact]
    public async Task A_request_goes_on_where_it_is_when_its_destination_dies_while_blocks_are_copied()
    {
        // A block a second: the copying outlasts the destination.
        await using var node = await fixture.StartAsync(
            [.. Settings, .. Lockstep, "llumnix.instances.count=2", "llumnix.migration.bandwidth-limit=1kB", "llumnix.migration.burst=1B"]);
        var request = fixture.Request("the in and the and in the and er and the the in", 40);
        using var stream = node.Client!.Generate(request);
        var events = new List<GenerationEvent> { await stream.NextAsync() };
        var here = (await node.Admin.RequestsAsync(default)).Single().Instance!.Value;
        var there = (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id).Single(instance => instance != here);
        Assert.Null(await node.Admin.MigrateAsync(request.Id, there, default));
        await Eventually.IsAsync(async () => (await node.Admin.MigrationsAsync(default)) is [{ StageBlocks.Length: 1, Outcome: null }]);

        node.System.ActorSelection($"/user/instances/{there.Name[^1]}").Tell(Kill.Instance);

        await Eventually.IsAsync(async () => (await node.Admin.MigrationsAsync(default)) is [{ Outcome: MigrationOutcome.Aborted, Reason: "the destination was lost" }]);
        events.AddRange(await stream.ReadAsync());
        Assert.Equal(fixture.Expected([request])[0], events.TokensOf());
        Assert.DoesNotContain(events, e => e.Kind == GenerationEventKind.Moved);
    }

    [Fact]
    public async Task An_order_that_cannot_be_carried_out_is_answered_with_a_sentence()
    {
        await using var node = await fixture.StartAsync([.. Settings, "llumnix.instances.count=1"]);
        var request = fixture.Request("the in", 5);
        var only = (await node.Admin.InstancesAsync(default))[0].Id;

        Assert.Contains("no instance nowhere", await node.Admin.MigrateAsync(request.Id, new InstanceId("nowhere"), default), StringComparison.Ordinal);
        Assert.Contains("No instance has a request", await node.Admin.MigrateAsync(request.Id, only, default), StringComparison.Ordinal);
        Assert.Contains("No other instance", await node.Admin.DrainAsync(only, on: true, default), StringComparison.Ordinal);
    }

    private static string Told(GenerationEvent e) =>
        $"{e.Kind} {e.Choice} {e.Index} {e.TokenId} {e.Text} {e.Reason} {e.Logprobs?.Logprob:R} {string.Join(",", e.Logprobs?.TopTokens ?? [])}";

    /// <summary>Reads a request's events; if it moves, then between any two tokens.</summary>
    private static async Task<List<GenerationEvent>> ReadAsync(LlumnixNode node, GenerateRequest request, bool moves)
    {
        InstanceId[] instances = [.. (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id)];
        using var stream = node.Client!.Generate(request);
        var events = new List<GenerationEvent>();
        await foreach (var e in stream.Events.ReadAllAsync())
        {
            events.Add(e);
            if (moves && e.Kind == GenerationEventKind.Token) await MoveAsync(node, request.Id, instances);
        }

        return events;
    }

    /// <summary>Moves a request to the instance where it is not, unless it has ended.</summary>
    private static async Task MoveAsync(LlumnixNode node, RequestId request, InstanceId[] instances)
    {
        async Task<RequestStatus?> StatusAsync() => (await node.Admin.RequestsAsync(default)).SingleOrDefault(status => status.Id == request);

        if (await StatusAsync() is not { State: "running", Instance: { } here }) return;
        var there = instances.First(instance => instance != here);
        await Eventually.IsAsync(async () =>
            await node.Admin.MigrateAsync(request, there, default) is null
            || await StatusAsync() is null or { State: "finished" }
            || (await StatusAsync())?.Instance == there);
        await Eventually.IsAsync(
            async () => await StatusAsync() is null or { State: "finished" } || (await StatusAsync())?.Instance == there,
            async () => $"{await StatusAsync()}\n{string.Join('\n', await node.Admin.MigrationsAsync(default))}");
    }

    private static async Task AssertMovedAsync(List<GenerationEvent> expected, List<GenerationEvent> moved, LlumnixNode[] nodes)
    {
        Assert.Equal(expected.Select(Told), moved.Where(e => e.Kind != GenerationEventKind.Moved).Select(Told));
        // At every position but the last ones, whose tokens may have been produced when the one before them was read.
        Assert.InRange(moved.Count(e => e.Kind == GenerationEventKind.Moved), expected.Count - 8, expected.Count);
        var records = await nodes[0].Admin.MigrationsAsync(default);
        Assert.True(records.Count(record => record.Outcome == MigrationOutcome.Moved) >= expected.Count - 8, string.Join('\n', records));
        await EverythingIsFreeAsync(nodes);
    }

    private static async Task EverythingIsFreeAsync(LlumnixNode[] nodes)
    {
        foreach (var node in nodes)
        {
            await Eventually.IsAsync(
                async () => (await node.Admin.InstancesAsync(default)).All(
                    instance => instance is { Running: 0, Waiting: 0 } && instance.FreeBlocks == instance.TotalBlocks),
                async () => string.Join(
                    '\n', [.. (IEnumerable<object>)await node.Admin.InstancesAsync(default), .. await node.Admin.RequestsAsync(default), .. (await node.Admin.MigrationsAsync(default)).TakeLast(5)]));
        }
    }
}
