using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Results;

/// <summary>What came of a run.</summary>
public sealed class SimulationResult
{
    internal SimulationResult(SimulatedCluster cluster, Workload workload, TimeSpan computed)
    {
        Options = cluster.Options;
        Workload = workload.Description;
        Tenants = workload.Tenants;
        Computed = computed;
        Requests = [.. cluster.Requests.Select(Record)];
        All = new RequestMetrics(Requests);
        var statistics = cluster.Statistics;
        Events = cluster.Clock.Handled;
        Steps = statistics.Steps;
        PromptTokens = statistics.PromptTokens;
        Duration = statistics.LastEnd;
        CutRequests = statistics.CutRequests;
        TokenTimes = statistics.TokenTimes;
        Timeline = statistics.Timeline.Samples;
        Migrations = statistics.Migrations;
        MigratedBytes = statistics.MigratedBytes;
        MovedWaiting = statistics.MovedWaiting;
        Downtime = new Distribution(statistics.Downtimes);
        MigrationTime = new Distribution(statistics.MigrationTimes);
        Preemptions = cluster.Instances.Sum(instance => instance.Scheduler.PreemptionCount);
        PrefixCacheQueries = cluster.Instances.Sum(instance => instance.Scheduler.PrefixCacheQueries);
        PrefixCacheHits = cluster.Instances.Sum(instance => instance.Scheduler.PrefixCacheHits);
        LeakedBlocks = cluster.Instances.Sum(instance => instance.Scheduler.Blocks.UsedCount);
        MostInstances = cluster.Instances.Count;
        var first = workload.Requests.Length == 0 ? default : workload.Requests[0].Arrival;
        var last = workload.Requests.Length == 0 ? default : workload.Requests[^1].Arrival;
        AverageInstances = last > first ? InstanceSeconds(cluster, first, last) / (last - first).TotalSeconds : cluster.Options.Instances;
        double alive = InstanceSeconds(cluster, TimeSpan.Zero, Duration);
        BusyShare = alive > 0 ? cluster.Instances.Sum(instance => instance.BusySeconds) / alive : 0;
    }

    /// <summary>What was simulated.</summary>
    public SimulationOptions Options { get; }

    /// <summary>The workload in one line.</summary>
    public string Workload { get; }

    public IReadOnlyList<string> Tenants { get; }

    /// <summary>All requests, by arrival.</summary>
    public IReadOnlyList<RequestRecord> Requests { get; }

    /// <summary>Metrics of all requests together.</summary>
    public RequestMetrics All { get; }

    /// <summary>Virtual time to the end of the last request.</summary>
    public TimeSpan Duration { get; }

    /// <summary>What the simulation itself took.</summary>
    public TimeSpan Computed { get; }

    public long Events { get; }

    public long Steps { get; }

    /// <summary>Prompt positions computed, those computed again after a preemption included.</summary>
    public long PromptTokens { get; }

    public long Preemptions { get; }

    /// <summary>Prompt tokens looked for in the prefix caches.</summary>
    public long PrefixCacheQueries { get; }

    /// <summary>Those found there.</summary>
    public long PrefixCacheHits { get; }

    /// <summary>Blocks in use after the last request ended and the last migration too: none.</summary>
    public int LeakedBlocks { get; }

    /// <summary>Requests that ended early, at the longest that fits.</summary>
    public int CutRequests { get; }

    /// <summary>From one token of a request to its next.</summary>
    public TimeHistogram TokenTimes { get; }

    public IReadOnlyDictionary<MigrationOutcome, int> Migrations { get; }

    public double MigratedBytes { get; }

    /// <summary>Migrations of requests that waited, without KV.</summary>
    public int MovedWaiting { get; }

    /// <summary>Seconds that requests that moved with KV stood still.</summary>
    public Distribution Downtime { get; }

    /// <summary>Seconds of migrations that moved their request.</summary>
    public Distribution MigrationTime { get; }

    /// <summary>Instances there were, starting and draining ones included, on average from the first arrival to the last.</summary>
    public double AverageInstances { get; }

    /// <summary>Instances that ever were.</summary>
    public int MostInstances { get; }

    /// <summary>Share of the instances' time in which they computed.</summary>
    public double BusyShare { get; }

    public IReadOnlyList<TimelineSample> Timeline { get; }

    /// <summary>Migrations that moved their request.</summary>
    public int Moved => Migrations.GetValueOrDefault(MigrationOutcome.Moved);

    /// <summary>Metrics of one class.</summary>
    public RequestMetrics Of(Priority priority) => new(Requests.Where(request => request.Priority == priority));

    private static double InstanceSeconds(SimulatedCluster cluster, TimeSpan from, TimeSpan to) => cluster.Instances.Sum(instance =>
    {
        var begin = instance.StartedAt > from ? instance.StartedAt : from;
        var end = instance.EndedAt is { } ended && ended < to ? ended : to;
        return end > begin ? (end - begin).TotalSeconds : 0;
    });

    private static RequestRecord Record(SimulatedRequest request) => new(
        request.Arrival.TotalSeconds,
        request.InputTokens,
        request.Generated,
        request.Priority,
        request.Tenant,
        (request.FirstToken - request.Arrival).TotalSeconds,
        (request.LastToken - request.Arrival).TotalSeconds,
        request.Generated > 1 ? (request.LastToken - request.FirstToken).TotalSeconds / (request.Generated - 1) : double.NaN,
        request.DecodeSeconds,
        request.PreemptionLoss.TotalSeconds,
        request.Preemptions,
        request.Migrations,
        request.Downtime.TotalSeconds,
        request.Refusal);
}
