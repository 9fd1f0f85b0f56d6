using System.Globalization;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Migration;
using Llumnix.Simulation.Costs;

namespace Llumnix.Simulation.Cluster;

/// <summary>A cluster to simulate.</summary>
public sealed record SimulationOptions
{
    /// <summary>Every instance's batch scheduler.</summary>
    public required BatchSchedulerOptions Batching { get; init; }

    /// <summary>How long its steps take.</summary>
    public required ICostModel Cost { get; init; }

    /// <summary>Who decides.</summary>
    public required ClusterPolicy Policy { get; init; }

    /// <summary>Instances there are at the beginning.</summary>
    public int Instances { get; init; } = 16;

    /// <summary>How many instances share a node's network.</summary>
    public int InstancesPerNode { get; init; } = 4;

    /// <summary>How many dispatchers place requests; each request comes to one at random.</summary>
    public int Dispatchers { get; init; } = 1;

    /// <summary>What each dispatcher sees, in turn, instead of what the policy says; null for that.</summary>
    public IReadOnlyList<ViewOptions>? DispatcherViews { get; init; }

    /// <summary>What the manager sees.</summary>
    public ViewOptions ManagerView { get; init; } = ViewOptions.Default;

    /// <summary>What migrations cost.</summary>
    public LinkOptions Links { get; init; } = new();

    /// <summary>Limits of migrations.</summary>
    public MigrationOptions Migration { get; init; } = new();

    /// <summary>How requests move.</summary>
    public MigrationMethod Method { get; init; } = MigrationMethod.Live;

    /// <summary>The most migrations at once out of one instance, and into one.</summary>
    public int MaxConcurrentMigrations { get; init; } = 4;

    /// <summary>How long a control message takes.</summary>
    public TimeSpan MessageDelay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How long a request takes from a dispatcher to its instance.</summary>
    public TimeSpan SubmitDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>After how long a request that nobody took is tried again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long an instance takes to start.</summary>
    public TimeSpan StartTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of everything drawn.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What a result depends on beside the workload, a line each.</summary>
    public IEnumerable<string> Describe()
    {
        yield return $"cost: {Cost.Description}";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"instances: {Batching.BlockCount} blocks of {Batching.BlockSize} tokens, {(Batching.Prefill == PrefillMode.WholePrompt ? "whole prompts ahead of decodes" : $"chunked prefill of {Batching.TokenBudget} tokens a step")}, at most {Batching.MaxRunning} running, prefix cache {(Batching.PrefixCaching ? "on" : "off")}; {InstancesPerNode} a node; {StartTime.TotalSeconds:0.###} s to start");
        yield return $"dispatchers: {Dispatchers}, {string.Join("; ", (DispatcherViews ?? [Policy.DispatchView]).Select(view => view.ToString()))}; manager: {ManagerView}";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"migrations: {Links.LinkBandwidth / 1e9:0.###} GB/s a link, {Links.NodeBandwidth / 1e9:0.###} GB/s a node, {Links.KvBytesPerToken / 1024:0.#} KiB a token, {Links.StageOverhead.TotalMilliseconds:0.###} ms a stage, {MessageDelay.TotalMilliseconds:0.###} ms a message, others' steps {Links.SlowDown:P1} longer");
    }

    internal ViewOptions ViewOf(int dispatcher) => DispatcherViews is { Count: > 0 } views ? views[dispatcher % views.Count] : Policy.DispatchView;
}
