using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Llumnix.Scheduling;
using Llumnix.Simulation.Paper;
using Llumnix.Simulation.Results;

namespace Llumnix.Simulation.Studies;

/// <summary>Results as JSON.</summary>
public static class SimulationJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>
    /// One object a row: the point, the policy, each metric over the seeds (geometric mean; the preemption loss the mean), the same by seed,
    /// and the paper's.
    /// </summary>
    public static string Of(IReadOnlyList<PaperRow> rows, IReadOnlyList<ulong> seeds) => Write(new JsonArray([.. rows.Select(row =>
    {
        var json = new JsonObject
        {
            ["figure"] = row.Point.Figure,
            ["trace"] = row.Point.Trace,
            ["arrivals"] = row.Point.Arrivals,
            ["rate"] = row.Point.Rate,
            ["cv"] = row.Point.Variation,
            ["priority"] = row.Priority,
            ["policy"] = row.Policy,
        };
        if (row.Point.Threshold is { } threshold) json["scale_up_below"] = threshold;
        foreach (string metric in row.Metrics.Keys) json[metric] = Number(row[metric]);
        json["seeds"] = new JsonArray([.. seeds.Select(seed => (JsonNode)seed)]);
        json["by_seed"] = new JsonObject(row.Metrics.Select(metric =>
            KeyValuePair.Create<string, JsonNode?>(metric.Key, new JsonArray([.. metric.Value.Select(Number)]))));
        json["paper"] = row.Paper is null ? null : new JsonObject(row.Paper.Select(metric => KeyValuePair.Create<string, JsonNode?>(metric.Key, metric.Value)));
        return (JsonNode)json;
    })]));

    /// <summary>One object a run.</summary>
    public static string Of(IReadOnlyList<SimulationResult> results) => Write(new JsonArray([.. results.Select(result =>
    {
        var json = new JsonObject
        {
            ["workload"] = result.Workload,
            ["policy"] = result.Options.Policy.Name,
            ["instances"] = result.Options.Instances,
            ["seed"] = result.Options.Seed,
            ["cluster"] = new JsonArray([.. result.Options.Describe().Select(line => (JsonNode)line)]),
            ["requests"] = result.Requests.Count,
            ["refused"] = result.Requests.Count - result.All.Count,
            ["cut"] = result.CutRequests,
            ["average_instances"] = result.AverageInstances,
            ["duration_s"] = result.Duration.TotalSeconds,
            ["busy_share"] = result.BusyShare,
            ["preemptions"] = result.Preemptions,
            ["migrations"] = new JsonObject(result.Migrations.OrderBy(pair => pair.Key).Select(pair =>
                KeyValuePair.Create<string, JsonNode?>(JsonNamingPolicy.SnakeCaseLower.ConvertName(pair.Key.ToString()), pair.Value))),
            ["migrated_bytes"] = result.MigratedBytes,
            ["downtime_p50_s"] = Number(result.Downtime.Quantile(0.5)),
            ["downtime_p99_s"] = Number(result.Downtime.Quantile(0.99)),
            ["token_p99_s"] = Number(result.TokenTimes.Quantile(0.99)),
            ["events"] = result.Events,
            ["computed_s"] = result.Computed.TotalSeconds,
        };
        if (result.PrefixCacheQueries > 0) json["prefix_cache_hit_share"] = (double)result.PrefixCacheHits / result.PrefixCacheQueries;
        foreach (var (metric, value) in result.All.ByName) json[metric] = Number(value);
        json["by_priority"] = new JsonObject(result.Requests.Select(request => request.Priority).Distinct().Order().Select(priority =>
            KeyValuePair.Create<string, JsonNode?>(NameOf(priority), Metrics(result.Of(priority)))));
        return (JsonNode)json;
    })]));

    /// <summary>As workloads name the classes.</summary>
    private static string NameOf(Priority priority) => priority.Rank switch { 0 => "high", 1 => "normal", 2 => "low", _ => priority.ToString() };

    private static JsonObject Metrics(RequestMetrics metrics)
    {
        var json = new JsonObject { ["requests"] = metrics.Count };
        foreach (var (metric, value) in metrics.ByName) json[metric] = Number(value);
        return json;
    }

    /// <summary>JSON has no NaN: what is not known is null.</summary>
    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static string Write(JsonNode json) => json.ToJsonString(Options) + "\n";
}
