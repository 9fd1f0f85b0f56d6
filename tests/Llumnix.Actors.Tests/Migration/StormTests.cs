using System.Collections.Concurrent;
using System.Globalization;
using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Requests;
using Microsoft.Extensions.Logging;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>
/// Requests without end on four instances with too little memory for them, moved at random while they start, finish, are cancelled, are
/// left by their clients and lose their blocks to each other.
/// </summary>
public sealed class StormTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const int Seed = 20240607;
    private const int Streams = 24;
    private const int Movers = 3;
    private const int MaxTokens = 60;

    /// <summary>How many moves a storm has at least.</summary>
    private static readonly int Moves =
        int.Parse(Environment.GetEnvironmentVariable("LLUMNIX_STORM_MOVES") ?? "300", CultureInfo.InvariantCulture);

    public static TheoryData<string, string[]> Variants() => new()
    {
        { "live, blocks shared", [] },
        { "live, blocks not shared", ["llumnix.engine.prefix-caching=off"] },
        { "live, over a slow link", ["llumnix.migration.bandwidth-limit=500kB", "llumnix.migration.burst=2kB"] },
        { "blocking copy", ["llumnix.migration.method=blocking-copy"] },
        { "recompute", ["llumnix.migration.method=recompute"] },
        { "prompts in chunks", ["llumnix.engine.token-budget=16", "llumnix.engine.max-running=8"] },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task No_token_no_block_and_no_request_is_lost_or_doubled(string variant, string[] settings)
    {
        using var log = new CapturedLog();
        await using var node = await LlumnixNode.StartAsync(
            LlumnixConfiguration.Load(sets:
            [
                $"llumnix.model.path={fixture.Path}", "llumnix.engine.threads=1", "llumnix.instances.count=4", "llumnix.engine.block-size=4",
                "llumnix.engine.blocks=45", "llumnix.migration.last-stage-blocks=1", "llumnix.migration.max-concurrent-out=8",
                "llumnix.migration.max-concurrent-in=8", "llumnix.delivery.orphan-after=1s", "llumnix.delivery.resume-window=2s",
                "llumnix.delivery.stream-buffer=16", "llumnix.delivery.max-unacked=16", "llumnix.rebalance.policy=none",
                // An idle pipeline for KV blocks is actors too.
                "llumnix.migration.idle-timeout=500ms", .. settings,
            ]),
            new NodeDependencies { Log = log });
        int actors = CountActors(node);
        var storm = new Storm(node, fixture);

        await storm.RunAsync();

        await Audits.ForgottenAsync(node.Admin);
        Assert.Equal([], storm.Wrong);
        var records = await node.Admin.MigrationsAsync(default);
        Assert.All(records, record => Assert.NotNull(record.Outcome));
        if (variant != "recompute") Assert.Contains(records, record => record is { Outcome: MigrationOutcome.Moved, StageBlocks.Length: > 0 });
        await Eventually.IsAsync(() => Task.FromResult(CountActors(node) <= actors), () => Task.FromResult($"{actors} actors before, {CountActors(node)} after"));
        Assert.DoesNotContain(log.Lines, line => line.Level >= LogLevel.Warning && !line.Text.Contains("could not be moved", StringComparison.Ordinal));
    }

    /// <summary>All actors of a node, those of streams and of the system included.</summary>
    private static int CountActors(LlumnixNode node)
    {
        var system = (ExtendedActorSystem)node.System;
        return Count(system.Guardian) + Count(system.SystemGuardian);

        static int Count(IActorRef actor) => 1 + (actor is ActorRefWithCell cell ? cell.Children.Sum(Count) : 0);
    }

    /// <summary>Clients that start one request after the other, and operators who move them, until there were enough moves.</summary>
    private sealed class Storm
    {
        private readonly LlumnixNode _node;
        private readonly NodeFixture _fixture;
        private readonly GenerateRequest[] _templates;
        private readonly int[][] _expected;
        private readonly ConcurrentDictionary<RequestId, byte> _live = new();
        private readonly ConcurrentQueue<string> _wrong = new();
        private int _moved;
        private volatile bool _preempted;
        private int _finished;
        private int _cancelled;
        private int _left;

        public Storm(LlumnixNode node, NodeFixture fixture)
        {
            _node = node;
            _fixture = fixture;
            // Prompts with a beginning in common, some with nothing but that.
            _templates = [.. Enumerable.Range(0, 24).Select(i => fixture.Request($"the in and the {new string('e', i % 7)}", MaxTokens) with
            {
                Sampling = new SamplingParameters
                {
                    Temperature = i % 4 == 0 ? 0 : 0.9f,
                    Seed = (ulong)i,
                    MaxTokens = MaxTokens,
                    IgnoreEos = true,
                    Logprobs = i % 5 == 0 ? 2 : null,
                    PresencePenalty = i % 3 == 0 ? 0.5f : 0,
                    RepetitionPenalty = i % 2 == 0 ? 1.1f : 1,
                },
            })];
            _expected = fixture.Expected(_templates);
        }

        public IEnumerable<string> Wrong => _wrong;

        /// <summary>Not before everything happened often enough.</summary>
        private bool Over => Volatile.Read(ref _moved) >= Moves && Volatile.Read(ref _finished) >= 20 && Volatile.Read(ref _cancelled) >= 10
            && Volatile.Read(ref _left) >= 3 && _preempted;

        public async Task RunAsync()
        {
            InstanceId[] instances = [.. (await _node.Admin.InstancesAsync(default)).Select(instance => instance.Id)];
            var clients = Enumerable.Range(0, Streams).Select(number => Task.Run(() => ClientAsync(new Random(Seed + number)))).ToArray();
            var movers = Enumerable.Range(0, Movers).Select(number => Task.Run(() => MoverAsync(new Random(Seed - 1 - number), instances))).ToArray();
            await Task.WhenAll([.. clients, .. movers]);
        }

        private async Task ClientAsync(Random random)
        {
            while (!Over)
            {
                int template = random.Next(_templates.Length);
                int maxTokens = random.Next(8, MaxTokens + 1);
                int leaveAt = random.Next(3) == 0 ? random.Next(maxTokens) : -1;
                bool cancels = random.Next(4) != 0;
                var request = _fixture.Request("", 1) with
                {
                    Prompt = _templates[template].Prompt,
                    Sampling = _templates[template].Sampling with { MaxTokens = maxTokens },
                };
                _live.TryAdd(request.Id, 0);
                using (var stream = _node.Client!.Generate(request)) await ReadAsync(stream, _expected[template].AsMemory(0, maxTokens), leaveAt, cancels);
                _live.TryRemove(request.Id, out _);
            }
        }

        /// <summary>Reads a stream; from the token <paramref name="leaveAt"/> on the client has had enough, if it is one.</summary>
        private async Task ReadAsync(GenerationStream stream, ReadOnlyMemory<int> expected, int leaveAt, bool cancels)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            int next = 0;
            GenerationEvent? last = null;
            try
            {
                await foreach (var e in stream.Events.ReadAllAsync(patience.Token))
                {
                    if (last is not null) _wrong.Enqueue($"{stream.Id} goes on after its end: {e}");
                    switch (e.Kind)
                    {
                        case GenerationEventKind.Token when e.Index == next && e.Index < expected.Length && e.TokenId == expected.Span[next]:
                            if (next++ != leaveAt) break;
                            if (cancels)
                            {
                                stream.Cancel();
                                break;
                            }

                            Interlocked.Increment(ref _left);
                            return;
                        case GenerationEventKind.Moved:
                            Interlocked.Increment(ref _moved);
                            break;
                        case GenerationEventKind.Finished:
                            last = e;
                            break;
                        default:
                            _wrong.Enqueue($"{stream.Id} expects token {next} ({expected.Span[Math.Min(next, expected.Length - 1)]}): {e}");
                            break;
                    }
                }
            }
            catch (OperationCanceledException)
            {
                _wrong.Enqueue($"{stream.Id} stands still after {next} of {expected.Length} tokens: {(await _node.Admin.RequestsAsync(default)).SingleOrDefault(one => one.Id == stream.Id)}");
                return;
            }

            if (last is { Reason: FinishReason.Length } && next == expected.Length) Interlocked.Increment(ref _finished);
            else if (last is { Reason: FinishReason.Cancelled } && leaveAt >= 0) Interlocked.Increment(ref _cancelled);
            else _wrong.Enqueue($"{stream.Id} ends after {next} of {expected.Length} tokens: {last}");
        }

        private async Task MoverAsync(Random random, InstanceId[] instances)
        {
            while (!Over)
            {
                var live = _live.Keys.ToArray();
                if (live.Length == 0) continue;
                await _node.Admin.MigrateAsync(live[random.Next(live.Length)], instances[random.Next(instances.Length)], default);
                if (random.Next(16) != 0) continue;
                await Audits.AddUpAsync(_node.Admin);
                _preempted |= (await _node.Admin.InstancesAsync(default)).Any(instance => instance.Preemptions > 0);
            }
        }
    }
}
