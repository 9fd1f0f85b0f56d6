using System.Globalization;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Sessions;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Host.Benchmarks;

/// <summary>
/// Two instances of one model in a real cluster of one or two processes, each with one compute thread, and what is asked of them.
/// </summary>
internal sealed class InstancePair : IAsyncDisposable
{
    public const string Model = "bench";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly LlumnixNode _node;
    private readonly SelfProcess? _child;

    private InstancePair(LlumnixNode node, SelfProcess? child, InstanceId[] sides, LlumnixConfiguration configuration)
    {
        _node = node;
        _child = child;
        Sides = sides;
        Configuration = configuration;
    }

    /// <summary>The two instances; the first is always in this process.</summary>
    public IReadOnlyList<InstanceId> Sides { get; }

    public LlumnixConfiguration Configuration { get; }

    public IGenerationClient Client => _node.Client!;

    /// <param name="placement">Where they are.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="blocks">KV blocks of each instance.</param>
    /// <param name="sets">Settings over the benchmark's own.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<InstancePair> StartAsync(
        Placement placement, string model, int blocks, IReadOnlyList<string> sets, CancellationToken cancellationToken)
    {
        string[] common =
        [
            $"llumnix.model.path={model}", $"llumnix.model.name={Model}", "llumnix.engine.threads=1",
            string.Create(CultureInfo.InvariantCulture, $"llumnix.engine.blocks={blocks}"), .. sets,
        ];
        string count = placement == Placement.InProcess ? "llumnix.instances.count=2" : "llumnix.instances.count=1";
        LlumnixConfiguration configuration = LlumnixConfiguration.Load(sets: [.. common, count]);
        LlumnixNode? node = null;
        SelfProcess? child = null;
        try
        {
            node = await LlumnixNode.StartAsync(configuration, cancellationToken: cancellationToken);
            if (placement == Placement.TwoProcesses)
            {
                child = SelfProcess.Start(
                [
                    "bench", BenchmarkChild.Node, "--", "--role", "instance", "--port", "0", "--instances", "1",
                    "--seed", string.Create(CultureInfo.InvariantCulture, $"{node.Address.Host}:{node.Address.Port}"),
                    .. common.SelectMany(set => (string[])["--set", set]),
                ]);
                await child.ReadAsync("Llumnix ", cancellationToken);
            }

            IReadOnlyList<InstanceStatus> instances;
            while ((instances = await node.Admin.InstancesAsync(cancellationToken)).Count < 2) await Task.Delay(Poll, cancellationToken);
            string here = string.Create(CultureInfo.InvariantCulture, $"{node.Address.Host}:{node.Address.Port}/");
            return new InstancePair(
                node,
                child,
                [.. instances.Select(instance => instance.Id).OrderByDescending(id => id.Name.StartsWith(here, StringComparison.Ordinal)).ThenBy(id => id.Name, StringComparer.Ordinal)],
                configuration);
        }
        catch
        {
            if (child is not null) await child.DisposeAsync();
            if (node is not null) await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Which of the two runs a request, 0 or 1; null while neither does.</summary>
    public async Task<int?> SideOfAsync(RequestId request, CancellationToken cancellationToken)
    {
        var status = (await _node.Admin.RequestsAsync(cancellationToken)).FirstOrDefault(one => one.Id == request);
        return status is { State: "running", Instance: { } instance } ? (instance == Sides[0] ? 0 : 1) : null;
    }

    /// <summary>Orders a move; returns what is wrong, or null.</summary>
    public Task<string?> MoveAsync(RequestId request, int to, MigrationMethod method, CancellationToken cancellationToken) =>
        _node.Admin.MigrateAsync(request, Sides[to], method, cancellationToken);

    /// <summary>The last migration of a request; null before its first.</summary>
    public async Task<MigrationRecord?> RecordAsync(RequestId request, CancellationToken cancellationToken) =>
        (await _node.Admin.MigrationsAsync(cancellationToken)).LastOrDefault(record => record.Request == request);

    /// <summary>The instances as they report themselves, in the order of <see cref="Sides"/>.</summary>
    public async Task<InstanceStatus[]> InstancesAsync(CancellationToken cancellationToken)
    {
        var all = await _node.Admin.InstancesAsync(cancellationToken);
        return [.. Sides.Select(side => all.Single(status => status.Id == side))];
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is not null) await _child.DisposeAsync();
        await _node.DisposeAsync();
    }
}
