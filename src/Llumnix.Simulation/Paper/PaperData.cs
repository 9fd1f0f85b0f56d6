using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace Llumnix.Simulation.Paper;

/// <summary>The data points of the Llumnix paper's figures (OSDI 2024), read off by hand; the embedded file says from where.</summary>
public sealed class PaperData
{
    /// <summary>The load of figure 13: lengths and requests per second.</summary>
    private const string PriorityTrace = "S-S";
    private const double PriorityRate = 26;

    /// <summary>The lengths of figures 14 and 15.</summary>
    private const string ScalingTrace = "L-L";

    private readonly Dictionary<(PaperPoint Point, string Priority, string Policy), FrozenDictionary<string, double>> _metrics = [];

    private PaperData()
    {
        using var stream = typeof(PaperData).Assembly.GetManifestResourceStream("llumnix-osdi24.json")
            ?? throw new InvalidOperationException("The paper's data is not in the program.");
        using var file = JsonDocument.Parse(stream);
        var root = file.RootElement;
        Source = root.GetProperty("source").GetString()!;
        foreach (var trace in root.GetProperty("figure_11").EnumerateObject())
        {
            foreach (var policy in trace.Value.EnumerateObject())
            {
                foreach (var rate in policy.Value.EnumerateObject())
                    Add(new PaperPoint(11, trace.Name, Number(rate.Name)), "all", policy.Name, rate.Value);
            }
        }

        foreach (var priority in root.GetProperty("figure_13").EnumerateObject())
        {
            foreach (var policy in priority.Value.EnumerateObject())
            {
                foreach (var variation in policy.Value.EnumerateObject())
                    Add(new PaperPoint(13, PriorityTrace, PriorityRate, Number(variation.Name)), priority.Name, policy.Name, variation.Value);
            }
        }

        foreach (var policy in root.GetProperty("figure_14").GetProperty("Poisson, by rate").EnumerateObject())
        {
            foreach (var rate in policy.Value.EnumerateObject())
                Add(new PaperPoint(14, ScalingTrace, Number(rate.Name)), "all", policy.Name, rate.Value);
        }

        InstancesByPrefill = root.GetProperty("figure_15_instances_vs_prefill_p99_s").EnumerateObject().ToFrozenDictionary(
            policy => policy.Name,
            policy => policy.Value.EnumerateArray().Select(point => (point[0].GetDouble(), point[1].GetDouble())).ToArray());
    }

    /// <summary>The one copy.</summary>
    public static PaperData Instance { get; } = new();

    /// <summary>Where the points come from.</summary>
    public string Source { get; }

    /// <summary>The loads of figures 11, 13 and 14, in their order.</summary>
    public IEnumerable<PaperPoint> Points => _metrics.Keys.Select(key => key.Point).Distinct().OrderBy(point => point.Figure);

    /// <summary>Figure 15: instances on average and prefill P99 in seconds, by policy.</summary>
    public FrozenDictionary<string, (double Instances, double PrefillP99)[]> InstancesByPrefill { get; }

    /// <summary>What the paper shows, by metric; null where it shows nothing.</summary>
    /// <param name="point">The load.</param>
    /// <param name="priority"><c>all</c>, or in figure 13 <c>high</c> or <c>normal</c>.</param>
    /// <param name="policy">As the paper calls it.</param>
    public IReadOnlyDictionary<string, double>? Find(PaperPoint point, string priority, string policy) =>
        _metrics.GetValueOrDefault((point, priority, policy));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private void Add(PaperPoint point, string priority, string policy, JsonElement metrics) => _metrics.Add(
        (point, priority, policy),
        metrics.EnumerateObject().ToFrozenDictionary(metric => metric.Name, metric => metric.Value.GetDouble()));
}
