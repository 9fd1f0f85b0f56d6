using System.Globalization;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Paper;
using Llumnix.Simulation.Results;
using Spectre.Console;

namespace Llumnix.Host.CommandLine;

/// <summary>Results as tables in the terminal.</summary>
internal static class SimulationTables
{
    private const int Wide = 200;
    private static readonly string[] RequestMetricNames =
        ["request_p99_s", "request_mean_s", "prefill_p99_s", "prefill_mean_s", "decode_p99_s", "decode_mean_s", "preemption_loss_s"];

    /// <summary>A row a run, and what the runs depend on.</summary>
    public static void Write(TextWriter output, IReadOnlyList<SimulationResult> results)
    {
        var console = ConsoleOf(output);
        foreach (var same in results.GroupBy(result => result.Workload)) output.WriteLine($"workload: {same.Key}");
        Describe(output, [.. results.Select(result => result.Options).DistinctBy(options => options.Policy.Name)]);
        Table table = NewTable(["policy", "instances", "seed", .. RequestMetricNames, "token p99 s", "preempted", "moved", "downtime p50 ms", "busy", "took s"]);
        foreach (var result in results)
        {
            var metrics = result.All.ByName;
            table.AddRow(Escaped(
                [
                    result.Options.Policy.Name,
                    Number(result.AverageInstances),
                    result.Options.Seed.ToString(CultureInfo.InvariantCulture),
                    .. RequestMetricNames.Select(metric => Number(metrics[metric])),
                    Number(result.TokenTimes.Quantile(0.99)),
                    result.Preemptions.ToString(CultureInfo.InvariantCulture),
                    result.Moved.ToString(CultureInfo.InvariantCulture),
                    Number(result.Downtime.Quantile(0.5) * 1000),
                    result.BusyShare.ToString("P0", CultureInfo.InvariantCulture),
                    Number(result.Computed.TotalSeconds),
                ]));
        }

        console.Write(table);
        foreach (var result in results)
        {
            int refused = result.Requests.Count - result.All.Count;
            if (refused > 0) output.WriteLine($"{result.Options.Policy.Name}: {refused} requests could not be served: {result.Requests.First(request => request.Refusal is not null).Refusal}");
            if (result.CutRequests > 0) output.WriteLine($"{result.Options.Policy.Name}: {result.CutRequests} requests ended early, at the most tokens that an instance holds.");
        }
    }

    /// <summary>What results depend on: what all clusters have alike once, the rest by policy.</summary>
    public static void Describe(TextWriter output, IReadOnlyList<SimulationOptions> clusters)
    {
        var lines = clusters.SelectMany(cluster => cluster.Describe().Select(line => (Line: line, Policy: cluster.Policy.Name))).GroupBy(pair => pair.Line);
        foreach (var same in lines)
        {
            string who = same.Count() == clusters.Count ? "" : string.Join(", ", same.Select(pair => pair.Policy)) + ": ";
            output.WriteLine(who + same.Key);
        }
    }

    /// <summary>Ours beside the paper's, figure by figure, and the ratios to INFaaS++.</summary>
    public static void Write(TextWriter output, IReadOnlyList<PaperRow> rows, IReadOnlyList<ulong> seeds)
    {
        var console = ConsoleOf(output);
        foreach (var figure in rows.GroupBy(row => row.Point.Figure))
        {
            string[] metrics = [.. RequestMetricNames, figure.Key == 13 ? "decode_execution_s" : "instances"];
            if (figure.Key == 11) metrics = RequestMetricNames;
            output.WriteLine($"Figure {figure.Key}: ours, the paper's in brackets; over {(seeds.Count == 1 ? "1 seed" : $"{seeds.Count} seeds")}");
            Table table = NewTable(["trace", "rate", "cv", "priority", "policy", .. metrics]);
            foreach (var row in figure)
            {
                table.AddRow(Escaped(
                    [
                        .. PointOf(row),
                        row.Policy,
                        .. metrics.Select(metric => !row.Metrics.ContainsKey(metric) ? "" : Number(row[metric])
                            + (row.Paper is not null && row.Paper.TryGetValue(metric, out double paper) ? $" ({Number(paper)})" : "")),
                    ]));
            }

            console.Write(table);
            Ratios(output, console, [.. figure], metrics);
        }
    }

    private static void Ratios(TextWriter output, IAnsiConsole console, PaperRow[] rows, string[] metrics)
    {
        string llumnix = ClusterPolicies.Llumnix;
        foreach (string other in rows.Select(row => row.Policy).Distinct().Where(policy => policy != llumnix))
        {
            var pairs = (from row in rows
                         where row.Policy == llumnix
                         join against in rows.Where(row => row.Policy == other) on (row.Point, row.Priority) equals (against.Point, against.Priority)
                         select (Llumnix: row, Other: against)).ToArray();
            if (pairs.Length == 0) continue;

            output.WriteLine($"{other} over Llumnix (above 1 Llumnix is better): ours, the paper's in brackets");
            Table table = NewTable(["trace", "rate", "cv", "priority", .. metrics]);
            foreach (var (mine, against) in pairs)
            {
                table.AddRow(Escaped([.. PointOf(mine), .. metrics.Select(metric => !mine.Metrics.ContainsKey(metric)
                    ? ""
                    : Number(against.RatioTo(mine, metric)) + (against.PaperRatioTo(mine, metric) is { } paper ? $" ({Number(paper)})" : ""))]));
            }

            table.AddRow(Escaped(["geometric mean", "", "", "", .. metrics.Select(metric =>
            {
                var known = pairs.Where(pair => pair.Llumnix.Metrics.ContainsKey(metric)).ToArray();
                double?[] papers = [.. known.Select(pair => pair.Other.PaperRatioTo(pair.Llumnix, metric)).Where(ratio => ratio is not null)];
                return (known.Length == 0 ? "" : Number(Mean(known.Select(pair => pair.Other.RatioTo(pair.Llumnix, metric)))))
                    + (papers.Length == 0 ? "" : $" ({Number(Mean(papers.Select(ratio => ratio!.Value)))})");
            })]));
            console.Write(table);
        }

        static double Mean(IEnumerable<double> ratios) => Math.Exp(ratios.Average(ratio => Math.Log(ratio)));
    }

    private static string[] PointOf(PaperRow row) =>
    [
        row.Point.Threshold is { } threshold ? string.Create(CultureInfo.InvariantCulture, $"{row.Point.Trace}, freeness from {threshold}") : row.Point.Trace,
        Number(row.Point.Rate),
        Number(row.Point.Variation),
        row.Priority,
    ];

    private static IAnsiConsole ConsoleOf(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!ReferenceEquals(output, Console.Out) || Console.IsOutputRedirected) console.Profile.Width = Wide + 60;
        return console;
    }

    private static Table NewTable(IEnumerable<string> columns)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (string column in columns) table.AddColumn(Markup.Escape(column.Replace('_', ' ')));
        return table;
    }

    private static string[] Escaped(IEnumerable<string> cells) => [.. cells.Select(Markup.Escape)];

    /// <summary>Three digits that count.</summary>
    private static string Number(double value) => double.IsNaN(value)
        ? "-"
        : Math.Abs(value) switch
        {
            >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
            >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
            >= 1 => value.ToString("0.##", CultureInfo.InvariantCulture),
            _ => value.ToString("0.####", CultureInfo.InvariantCulture),
        };
}
