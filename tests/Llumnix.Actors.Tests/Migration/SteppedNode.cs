using Llumnix.Actors.Cluster;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Execution;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>
/// A whole node of two instances of a real model, whose steps a test lets through one by one: a move can be made after any step, and a
/// test knows after which it was.
/// </summary>
internal sealed class SteppedNode : IAsyncDisposable
{
    private readonly LlumnixNode _node;
    private readonly StepGate[] _gates;

    private SteppedNode(LlumnixNode node, StepGate[] gates, InstanceId[] instances)
    {
        _node = node;
        _gates = gates;
        Instances = instances;
    }

    public InstanceId[] Instances { get; }

    public IClusterAdmin Admin => _node.Admin;

    public static async Task<SteppedNode> StartAsync(NodeFixture fixture, params string[] sets)
    {
        var gates = new List<StepGate>();
        var dependencies = new NodeDependencies
        {
            CreateExecutor = (options, model, weights) =>
            {
                var executor = new GatedExecutor(Executors.Create(options, model, weights));
                gates.Add(executor.Gate);
                return executor;
            },
        };
        var node = await fixture.StartAsync(
            dependencies, ["llumnix.instances.count=2", "llumnix.engine.block-size=4", "llumnix.engine.blocks=150", "llumnix.load.report-interval=5ms", .. sets]);
        return new SteppedNode(node, [.. gates], [.. (await node.Admin.InstancesAsync(default)).Select(instance => instance.Id)]);
    }

    /// <summary>Holds all steps back from now on.</summary>
    public void Hold() => Array.ForEach(_gates, gate => gate.Hold());

    /// <summary>Lets all steps run.</summary>
    public void Release() => Array.ForEach(_gates, gate => gate.Release());

    public GenerationStream Generate(GenerateRequest request) => _node.Client!.Generate(request);

    /// <summary>What the request tells its client where nothing moves.</summary>
    public async Task<List<GenerationEvent>> UnmovedAsync(GenerateRequest request)
    {
        Release();
        using var stream = Generate(request);
        return await stream.ReadAsync();
    }

    /// <summary>Where a request is; null once it has ended.</summary>
    public async Task<RequestStatus?> FindAsync(RequestId request) =>
        (await Admin.RequestsAsync(default)).SingleOrDefault(status => status.Id == request && status.State is "waiting" or "running" or "migrating");

    /// <summary>Waits until a request is somewhere, and returns the instance's number.</summary>
    public async Task<int> WhereAsync(RequestId request)
    {
        int at = -1;
        await Eventually.IsAsync(async () => (at = Array.IndexOf(Instances, (await FindAsync(request))?.Instance ?? default)) >= 0);
        return at;
    }

    /// <summary>Waits until a step stands at the instance's gate.</summary>
    public Task StandsAsync(int instance) => Eventually.IsAsync(() => Task.FromResult(_gates[instance].Occupied));

    /// <summary>Whether a step stands at the instance's gate.</summary>
    public bool Stands(int instance) => _gates[instance].Occupied;

    /// <summary>Lets the step that stands at the instance's gate run.</summary>
    public void Pass(int instance) => _gates[instance].Pass();

    /// <summary>Waits until a step stands at the instance's gate, lets it run and waits until it has passed.</summary>
    public async Task StepAsync(int instance)
    {
        await StandsAsync(instance);
        int passed = _gates[instance].Passed;
        Pass(instance);
        await Eventually.IsAsync(() => Task.FromResult(_gates[instance].Passed > passed));
    }

    /// <summary>Orders a move of a request, and waits until it waits for nothing but the end of a step, or is over.</summary>
    public async Task<MigrationRecord> OrderAsync(RequestId request, int to)
    {
        var record = await TryOrderAsync(request, to);
        Assert.NotNull(record);
        return record;
    }

    /// <summary>The same; null where the request has just ended.</summary>
    private async Task<MigrationRecord?> TryOrderAsync(RequestId request, int to)
    {
        if (await Admin.MigrateAsync(request, Instances[to], default) is not null) return null;
        MigrationRecord? record = null;
        await Eventually.IsAsync(
            async () => (record = (await Admin.MigrationsAsync(default)).Last(record => record.Request == request)) is { Phase: SourcePhase.Stopping or SourcePhase.Ended },
            () => Task.FromResult($"{record}"));
        return record;
    }

    /// <summary>Waits until a step stands at a gate; false where all requests end without one.</summary>
    private async Task<bool> RunsAsync()
    {
        bool runs = false;
        await Eventually.IsAsync(async () =>
        {
            runs = Stands(0) || Stands(1);
            return runs || (await Admin.RequestsAsync(default)).All(status => status.State is not ("waiting" or "running" or "migrating"));
        });
        return runs;
    }

    /// <summary>
    /// Takes all requests there are to their ends, step by step on both instances alike, and moves before each step those that
    /// <paramref name="moving"/> names, of those that have not ended. Returns what became of the moves.
    /// </summary>
    public async Task<List<MigrationRecord>> RunAsync(Func<int, IEnumerable<RequestId>> moving)
    {
        var ended = new List<MigrationRecord>();
        for (int step = 0; await RunsAsync(); step++)
        {
            var ordered = new List<MigrationRecord>();
            foreach (var request in moving(step))
            {
                int at = Array.IndexOf(Instances, (await FindAsync(request))?.Instance ?? default);
                if (at >= 0 && await TryOrderAsync(request, 1 - at) is { } record) ordered.Add(record);
            }

            for (int instance = 0; instance < 2; instance++)
            {
                if (Stands(instance)) await StepAsync(instance);
            }

            foreach (var record in ordered) ended.Add(await EndAsync(record));
        }

        return ended;
    }

    /// <summary>Waits until a migration is over.</summary>
    public async Task<MigrationRecord> EndAsync(MigrationRecord ordered)
    {
        var record = ordered;
        await Eventually.IsAsync(
            async () => (record = (await Admin.MigrationsAsync(default)).Single(one => one.Migration == ordered.Migration)).Outcome is not null,
            () => Task.FromResult($"{record}"));
        return record;
    }

    /// <summary>Moves a request that is in the step at the gate of <paramref name="from"/> to the other instance, after that step.</summary>
    public async Task<MigrationRecord> MoveAsync(RequestId request, int from)
    {
        await StandsAsync(from);
        var ordered = await OrderAsync(request, 1 - from);
        Pass(from);
        var ended = await EndAsync(ordered);
        Assert.True(ended.Outcome == MigrationOutcome.Moved, $"{ended}");
        return ended;
    }

    /// <summary>Waits until nothing is held for anybody, by anybody's account.</summary>
    public Task EmptyAsync() => Audits.EmptyAsync(Admin);

    public ValueTask DisposeAsync()
    {
        Array.ForEach(_gates, gate => gate.Open());
        return _node.DisposeAsync();
    }
}
