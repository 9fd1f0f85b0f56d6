using System.Collections.Concurrent;
using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Instances;
using Llumnix.Actors.Launching;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Actors.Tests.Launching;

/// <summary>A real node whose instances come and go with its load.</summary>
public sealed class InProcessLauncherTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private static readonly string[] Sets =
    [
        "llumnix.instances.count=1", "llumnix.engine.threads=1", "llumnix.engine.blocks=40", "llumnix.scaling.launcher=in-process",
        "llumnix.scaling.min-instances=1", "llumnix.scaling.max-instances=3", "llumnix.scaling.in-process.max-threads=3",
        "llumnix.scaling.in-process.memory-reserve=0B", "llumnix.scaling.scale-up-below=10", "llumnix.scaling.scale-down-above=35",
        "llumnix.scaling.scale-up-after=100ms", "llumnix.scaling.scale-down-after=200ms", "llumnix.scaling.scale-up-cool-down=200ms",
        "llumnix.scaling.scale-down-cool-down=200ms", "llumnix.scaling.interval=50ms",
        "llumnix.scaling.retry-after=50ms",
        // Unread, a request stays at its window: the load is what the test leaves unread.
        "llumnix.delivery.max-unacked=4", "llumnix.delivery.stream-buffer=1", "llumnix.delivery.resend-after=100ms", "llumnix.rebalance.policy=none",
    ];

    private readonly ConcurrentBag<WatchedExecutor> _executors = [];

    [Fact]
    public async Task Instances_follow_the_load_up_and_down_and_no_stream_notices()
    {
        await using var node = await StartAsync();
        var running = new List<(GenerateRequest Request, GenerationStream Stream, List<GenerationEvent> Events)>();
        foreach (int wanted in (int[])[2, 3])
        {
            for (int i = 0; i < 6; i++) running.Add(await BeginAsync(node, running.Count));
            await InstancesAreAsync(node, instances => instances.Count(instance => instance.State == "ready") == wanted);
        }

        // One request each stays on two of them.
        var places = (await node.Admin.RequestsAsync(default)).GroupBy(request => request.Instance!.Value).Take(2).Select(there => there.First().Id).ToArray();
        foreach (var (_, stream, events) in running.Where(one => !places.Contains(one.Request.Id.Choice(0)))) events.AddRange(await stream.ReadAsync());
        await InstancesAreAsync(node, instances => instances.Count(instance => instance.State != "stopped") == 1);
        foreach (var (_, stream, events) in running.Where(one => places.Contains(one.Request.Id.Choice(0)))) events.AddRange(await stream.ReadAsync());

        Assert.Equal(fixture.Expected(running.Select(one => one.Request)), running.Select(one => one.Events.TokensOf()));
        var moves = running.Select(one => one.Events[^1].Moves ?? RequestMoves.None).ToArray();
        Assert.Equal(0, moves.Sum(each => each.Recoveries));
        Assert.True(moves.Sum(each => each.Downtimes.Length) > 0);
        Assert.Equal((3, 2), (_executors.Count, _executors.Count(executor => executor.IsDisposed)));
        var status = Assert.Single((await node.Admin.ScalingAsync(default))!.Models);
        Assert.Equal((1, 1, 0), (status.Instances, status.Wanted, status.Failures));
        Assert.StartsWith("drain ", status.Decision!.What, StringComparison.Ordinal);
        foreach (var (_, stream, _) in running) stream.Dispose();
    }

    [Fact]
    public async Task A_node_without_cores_for_one_more_says_so_and_goes_on_as_it_is()
    {
        await using var node = await StartAsync("llumnix.scaling.in-process.max-threads=1", "llumnix.scaling.min-instances=2");

        Assert.Equal(
            $"No node takes one more instance of tiny: {node.Address.Host}:{node.Address.Port}: 2 instances of 1 compute threads each would be more than the 1 that "
            + "llumnix.scaling.in-process.max-threads allows.",
            (await FailureAsync(node)).Reason);
        Assert.Single(await node.Admin.InstancesAsync(default));
    }

    [Fact]
    public async Task A_device_that_has_no_memory_left_says_so_and_nothing_is_left_of_the_try()
    {
        await using var node = await StartAsync(
            new NodeDependencies { CreateExecutor = (options, model, source) => _executors.IsEmpty ? Watched(options, model, source) : throw new ArgumentException("The device is full.") },
            "llumnix.scaling.min-instances=2");

        Assert.Contains("The device is full.", (await FailureAsync(node)).Reason, StringComparison.Ordinal);
        Assert.Single(_executors);
    }

    [Fact]
    public async Task An_order_that_is_withdrawn_while_it_is_carried_out_leaves_nothing_behind()
    {
        using var making = new SemaphoreSlim(0);
        using var made = new ManualResetEventSlim();
        await using var node = await StartAsync(
            new NodeDependencies
            {
                CreateExecutor = (options, model, source) =>
                {
                    if (!_executors.IsEmpty)
                    {
                        making.Release();
                        made.Wait();
                    }

                    return Watched(options, model, source);
                },
            });
        var instances = node.System.ActorSelection("/user/" + InstancesActor.Name);
        instances.Tell(new InstancesProtocol.Add("tiny", 7), ActorRefs.NoSender);
        await making.WaitAsync();

        instances.Tell(new InstancesProtocol.Withdraw(7), ActorRefs.NoSender);
        made.Set();

        await Eventually.IsAsync(() => Task.FromResult(_executors.Count == 2 && _executors.Count(executor => executor.IsDisposed) == 1));
        Assert.Single((await instances.Ask<InstancesProtocol.Hosted>(InstancesProtocol.ListHosted.Instance)).All);
    }

    [Fact]
    public async Task A_node_refuses_what_is_not_its_to_add()
    {
        await using var node = await StartAsync();
        await using var other = await StartAsync("llumnix.scaling.launcher=none");

        Assert.Equal("the model huge is not among its models", await RefusedAsync(node, "huge"));
        Assert.Equal("llumnix.scaling.launcher is none there", await RefusedAsync(other, "tiny"));
    }

    [Theory]
    [InlineData(1, 4, 1000, 400, null)]
    [InlineData(2, 4, 1000, 400, "3 instances of 2 compute threads each would be more than the 4 that llumnix.scaling.in-process.max-threads allows")]
    [InlineData(0, 4, 1000, 801, "an instance takes 801 MiB and 1000 MiB are free, which leaves less than the 200 MiB of llumnix.scaling.in-process.memory-reserve")]
    [InlineData(0, 4, 1000, 800, null)]
    public void There_is_room_while_threads_and_memory_last(int instances, int maxThreads, long freeMiB, long neededMiB, string? why) =>
        Assert.Equal(why, new NodeRoom(instances, 2, maxThreads, freeMiB << 20, neededMiB << 20, 200L << 20).WhyNot());

    [Fact]
    public void Memory_that_caches_hold_counts_as_free() =>
        Assert.Equal(2048L * 1024, FreeMemory.Available(["MemTotal:  4096 kB", "MemFree:  10 kB", "MemAvailable:    2048 kB"]));

    private static async Task<string> RefusedAsync(LlumnixNode node, string model) => (await node.System
        .ActorSelection("/user/" + InstancesActor.Name).Ask<InstancesProtocol.NotAdded>(new InstancesProtocol.Add(model, 1))).Reason;

    private static async Task<ScalingNoteStatus> FailureAsync(LlumnixNode node)
    {
        ModelScalingStatus? model = null;
        await Eventually.IsAsync(
            async () => (model = (await node.Admin.ScalingAsync(default))?.Models[0])?.Failure is not null, () => Task.FromResult($"{model}"));
        return model!.Failure!;
    }

    private static Task InstancesAreAsync(LlumnixNode node, Func<IReadOnlyList<InstanceStatus>, bool> condition) => Eventually.IsAsync(
        async () => condition(await node.Admin.InstancesAsync(default)),
        async () => $"{string.Join('\n', await node.Admin.InstancesAsync(default))}\n{(await node.Admin.ScalingAsync(default))?.Models[0]}");

    private async Task<(GenerateRequest Request, GenerationStream Stream, List<GenerationEvent> Events)> BeginAsync(LlumnixNode node, int number)
    {
        var request = fixture.Request($"the {number} in", 60 + number, temperature: 1, seed: (ulong)number);
        var stream = node.Client!.Generate(request);
        return (request, stream, [await stream.NextAsync()]);
    }

    private Task<LlumnixNode> StartAsync(params string[] sets) => StartAsync(new NodeDependencies { CreateExecutor = Watched }, sets);

    private Task<LlumnixNode> StartAsync(NodeDependencies dependencies, params string[] sets) =>
        LlumnixNode.StartAsync(LlumnixConfiguration.Load(sets: [$"llumnix.model.path={fixture.Path}", .. Sets, .. sets]), dependencies);

    private WatchedExecutor Watched(ExecutorOptions options, ModelConfig model, IWeightSource source)
    {
        var executor = new WatchedExecutor(Executors.Create(options, model, source));
        _executors.Add(executor);
        return executor;
    }

    /// <summary>Tells whether it was disposed of.</summary>
    private sealed class WatchedExecutor(IModelExecutor inner) : IModelExecutor
    {
        public bool IsDisposed { get; private set; }

        public ModelConfig Model => inner.Model;

        public KvLayout Kv => inner.Kv;

        public string KernelClass => inner.KernelClass;

        public long WeightBytes => inner.WeightBytes;

        public Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens) => inner.Execute(plan, tokens);

        public void ReadBlock(BlockId block, Span<byte> target) => inner.ReadBlock(block, target);

        public void WriteBlock(BlockId block, ReadOnlySpan<byte> source) => inner.WriteBlock(block, source);

        public Memory<byte> MapBlock(BlockId block) => inner.MapBlock(block);

        public void Dispose()
        {
            IsDisposed = true;
            inner.Dispose();
        }
    }
}
