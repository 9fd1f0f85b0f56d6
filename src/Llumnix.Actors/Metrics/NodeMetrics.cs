using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Metrics;

/// <summary>
/// What a node measures: gauges and counters as observable instruments of a meter, which cost nothing until somebody collects them, and
/// durations in <see cref="Durations"/>. A node tells of its own instances and its own gateway's requests only, so that a sum over nodes
/// counts nothing twice.
/// </summary>
public sealed class NodeMetrics : IDisposable
{
    private readonly Headrooms _headrooms;
    private readonly ConcurrentDictionary<string, RequestMetrics> _models = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<InstanceMetrics, bool> _instances = new();

    /// <param name="headrooms">By priority class, for freeness.</param>
    public NodeMetrics(Headrooms headrooms)
    {
        _headrooms = headrooms;
        OfInstances("num_requests_running", "{request}", "Requests in the batch, paused ones included.", report => report.Load.Load.Running);
        OfInstances("num_requests_waiting", "{request}", "Requests in the waiting queue.", report => report.Load.Load.Waiting);
        OfInstances(
            "kv_cache_usage_perc",
            "1",
            "The share of KV blocks that requests hold, 0 to 1.",
            report => report.Load.Load.TotalBlocks == 0 ? 0 : (double)report.Load.Load.UsedBlocks / report.Load.Load.TotalBlocks);
        OfInstances(
            "freeness",
            "{block}",
            "Free blocks per running request, headrooms taken off; absent while the instance drains.",
            report => report.Load.Terminating ? null : Freeness.Of(report.Load.Load, terminating: false, _headrooms));
        OfInstances("step_seconds", "s", "A running mean of how long steps take; 0 before the first.", report => report.StepTime.TotalSeconds);
        CountOfInstances("prompt_tokens_total", "{token}", "Tokens of the prompts taken.", instance => instance.Last!.PromptTokens);
        CountOfInstances("generation_tokens_total", "{token}", "Output tokens computed.", instance => instance.Last!.GeneratedTokens);
        CountOfInstances("num_preemptions_total", "{request}", "How often a request lost its blocks to another.", instance => instance.Last!.Preemptions);
        CountOfInstances("prefix_cache_queries_total", "{token}", "Prompt tokens looked for in the prefix cache.", instance => instance.PrefixQueries);
        CountOfInstances("prefix_cache_hits_total", "{token}", "Prompt tokens found in the prefix cache, and so not computed.", instance => instance.PrefixHits);
        Meter.CreateObservableCounter(
            "migrations_total",
            () => Instances.SelectMany(instance => instance.Migrations().Select(entry => Measured(
                entry.Count,
                [.. instance.Tags, new("method", MigrationWords.Of(entry.Method)), new("outcome", MigrationWords.Of(entry.Outcome))]))),
            "{request}",
            "Migrations that ended, by their source.");
        Meter.CreateObservableCounter(
            "migration_bytes_total",
            () => Instances.SelectMany(instance => instance.MigrationBytes().Select(entry => Measured(
                entry.Bytes, [.. instance.Tags, new("method", MigrationWords.Of(entry.Method))]))),
            "By",
            "KV bytes that migrations sent, by their source.");
        Meter.CreateObservableCounter(
            "request_success_total",
            () => _models.Values.SelectMany(model => RequestMetrics.Reasons.Select((reason, i) => Measured(
                model.Ended(i), [.. model.Tags, new("finished_reason", reason.Word)]))),
            "{request}",
            "Requests that ended.");
        Meter.CreateObservableCounter(
            "request_recoveries_total",
            () => _models.Values.Select(model => Measured(model.Recoveries, model.Tags)),
            "{request}",
            "How often a request lost its instance and was computed again elsewhere.");
    }

    /// <summary>The node's own, so that several nodes of a process are told apart.</summary>
    public Meter Meter { get; } = new("llumnix");

    /// <summary>All durations measured, those of instances that are gone left out.</summary>
    public IEnumerable<DurationHistogram> Durations =>
        [.. _models.Values.SelectMany(model => (DurationHistogram[])[model.FirstToken, model.InterToken, model.EndToEnd]), .. Instances.SelectMany(instance => instance.Durations())];

    private IEnumerable<InstanceMetrics> Instances
    {
        get
        {
            foreach (var instance in _instances.Keys)
            {
                if (instance.Ended) _instances.TryRemove(instance, out _);
                else yield return instance;
            }
        }
    }

    private IEnumerable<InstanceMetrics> Reported => Instances.Where(instance => instance.Last is not null);

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    /// <summary>Of a model whose requests this node's gateway takes; told of from now on.</summary>
    internal RequestMetrics OfModel(string model) => _models.GetOrAdd(model, static model => new RequestMetrics(model));

    /// <summary>Tells of an instance of this node until it has ended.</summary>
    internal void Add(InstanceMetrics instance) => _instances[instance] = true;

    private static Measurement<T> Measured<T>(T value, ImmutableArray<KeyValuePair<string, object?>> tags)
        where T : struct => new(value, tags.AsSpan());

    private void OfInstances(string name, string unit, string description, Func<LoadProtocol.InstanceReport, double?> value) => Meter.CreateObservableGauge(
        name,
        () => from instance in Reported let measured = value(instance.Last!) where measured is not null select Measured(measured.Value, instance.Tags),
        unit,
        description);

    private void CountOfInstances(string name, string unit, string description, Func<InstanceMetrics, long> value) =>
        Meter.CreateObservableCounter(name, () => Reported.Select(instance => Measured(value(instance), instance.Tags)), unit, description);
}
