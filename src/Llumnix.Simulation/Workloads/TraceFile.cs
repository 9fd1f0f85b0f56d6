using System.Globalization;
using System.Text.Json;
using Llumnix.Scheduling;

namespace Llumnix.Simulation.Workloads;

/// <summary>
/// A recorded trace: a table with commas and a heading line, or a JSON object a line. Columns and keys that are known: when a request came
/// (<c>timestamp</c>: a date or seconds in a table, milliseconds in JSON; <c>arrival</c>: seconds), its prompt (<c>input_length</c>,
/// <c>input_tokens</c>, <c>prompt_tokens</c>, <c>ContextTokens</c>), its output (<c>output_length</c>, <c>output_tokens</c>,
/// <c>completion_tokens</c>, <c>GeneratedTokens</c>), and where it has them <c>priority</c> (<c>high</c>, <c>normal</c>, <c>low</c>),
/// <c>tenant</c> and <c>hash_ids</c> (names of the prompt's blocks of 512 tokens, each with all before it). Others are passed over.
/// </summary>
public sealed class TraceFile
{
    private static readonly string[] ArrivalNames = ["arrival", "arrived_at", "timestamp"];
    private static readonly string[] InputNames = ["input_length", "input_tokens", "prompt_tokens", "contexttokens"];
    private static readonly string[] OutputNames = ["output_length", "output_tokens", "completion_tokens", "generatedtokens"];

    private readonly string _path;
    private readonly List<Row> _rows = [];

    private TraceFile(string path) => _path = path;

    /// <summary>How many requests it has.</summary>
    public int Count => _rows.Count;

    /// <summary>Requests per second in it.</summary>
    public double Rate => (_rows.Count - 1) / (_rows[^1].Arrival - _rows[0].Arrival);

    /// <summary>Reads a trace.</summary>
    /// <exception cref="SimulationException">It is not there, or a line of it cannot be read.</exception>
    public static TraceFile Read(string path)
    {
        var trace = new TraceFile(path);
        try
        {
            using var reader = new StreamReader(path);
            int first = reader.Peek();
            if (first == '{') trace.ReadJsonLines(reader);
            else trace.ReadTable(reader);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimulationException($"The trace {path} cannot be read: {e.Message}", e);
        }

        if (trace._rows.Count < 2) throw new SimulationException($"The trace {path} has {trace._rows.Count} requests; it must have at least two.");
        trace._rows.Sort((left, right) => left.Arrival.CompareTo(right.Arrival));
        if (trace._rows[^1].Arrival <= trace._rows[0].Arrival)
            throw new SimulationException($"All requests of the trace {path} come at once; their times must differ.");

        return trace;
    }

    /// <summary>A workload of its requests, again from the beginning where more are asked for than it has.</summary>
    /// <param name="requests">How many; null for all.</param>
    /// <param name="rate">Requests per second, by stretching the times; null for the trace's own.</param>
    /// <param name="inputScale">What prompts are multiplied by.</param>
    /// <param name="outputScale">What outputs are multiplied by.</param>
    /// <param name="shares">Classes and tenants; null for the trace's own.</param>
    /// <param name="seed">Of the draws of classes.</param>
    public Workload ToWorkload(int? requests, double? rate, double inputScale, double outputScale, ClassShares? shares, ulong seed)
    {
        double stretch = rate is null ? 1 : Rate / rate.Value;
        double span = (_rows[^1].Arrival - _rows[0].Arrival) * (1 + (1.0 / (_rows.Count - 1)));
        var random = new SimulationRandom(seed, "classes");
        List<string> tenants = ["", .. _rows.Select(row => row.Tenant).Where(tenant => tenant.Length > 0).Distinct()];
        var made = new WorkloadRequest[requests ?? _rows.Count];
        for (int i = 0; i < made.Length; i++)
        {
            var row = _rows[i % _rows.Count];
            double arrival = (row.Arrival - _rows[0].Arrival + (i / _rows.Count * span)) * stretch;
            var (priority, tenant) = shares?.Draw(random) ?? (row.Priority, tenants.IndexOf(row.Tenant));
            made[i] = new WorkloadRequest(TimeSpan.FromSeconds(arrival), Scale(row.Input, inputScale), Scale(row.Output, outputScale), priority, tenant)
            {
                // Prompts that are stretched are others than those that the trace names.
                PrefixBlocks = inputScale == 1 ? row.PrefixBlocks : null,
            };
        }

        string scaled = inputScale == 1 && outputScale == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", lengths x {inputScale} and x {outputScale}");
        return new Workload(
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(_path)} at {rate ?? Rate:0.###} requests/s{scaled}, {made.Length} requests"), made)
        {
            Tenants = shares?.TenantNames ?? tenants,
        };
    }

    private static int Scale(int tokens, double factor) => (int)Math.Max(1, Math.Round(tokens * factor));

    private static double Seconds(string text)
    {
        if (double.TryParse(text, CultureInfo.InvariantCulture, out double seconds)) return seconds;

        return DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal).Subtract(DateTime.UnixEpoch).Ticks
            / (double)TimeSpan.TicksPerSecond;
    }

    private static Priority PriorityOf(string name) => name.ToLowerInvariant() switch
    {
        "" or "normal" => Priority.Normal,
        "high" => Priority.High,
        "low" => Priority.Low,
        _ => throw new FormatException($"the priority \"{name}\" is none of high, normal and low"),
    };

    private void ReadTable(StreamReader reader)
    {
        string[] heading = (reader.ReadLine() ?? "").Split(',').Select(name => name.Trim().Trim('"').ToLowerInvariant()).ToArray();
        int arrival = Column(ArrivalNames);
        int input = Column(InputNames);
        int output = Column(OutputNames);
        int priority = Array.IndexOf(heading, "priority");
        int tenant = Array.IndexOf(heading, "tenant");
        for (int line = 2; reader.ReadLine() is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text)) continue;

            string[] cells = text.Split(',');
            Add(line, () => new Row(
                Seconds(cells[arrival].Trim('"')),
                int.Parse(cells[input], CultureInfo.InvariantCulture),
                int.Parse(cells[output], CultureInfo.InvariantCulture),
                PriorityOf(priority < 0 ? "" : cells[priority].Trim()),
                tenant < 0 ? "" : cells[tenant].Trim(),
                null));
        }

        int Column(string[] names)
        {
            int found = Array.FindIndex(heading, names.Contains);
            return found >= 0
                ? found
                : throw new SimulationException($"The trace {_path} has no column {string.Join(" or ", names)} in its first line.");
        }
    }

    private void ReadJsonLines(StreamReader reader)
    {
        for (int line = 1; reader.ReadLine() is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text)) continue;

            Add(line, () =>
            {
                using var parsed = JsonDocument.Parse(text);
                var known = parsed.RootElement.EnumerateObject().ToDictionary(member => member.Name.ToLowerInvariant(), member => member.Value);
                JsonElement Member(string[] names) => names.Where(known.ContainsKey).Select(name => known[name]).DefaultIfEmpty().First() is { ValueKind: not JsonValueKind.Undefined } found
                    ? found
                    : throw new FormatException($"it has no {string.Join(" or ", names)}");
                return new Row(
                    known.TryGetValue("arrival", out var seconds) ? seconds.GetDouble() : Member(ArrivalNames).GetDouble() / 1000,
                    Member(InputNames).GetInt32(),
                    Member(OutputNames).GetInt32(),
                    PriorityOf(known.TryGetValue("priority", out var priority) ? priority.GetString() ?? "" : ""),
                    known.TryGetValue("tenant", out var tenant) ? tenant.GetString() ?? "" : "",
                    known.TryGetValue("hash_ids", out var hashes) ? [.. hashes.EnumerateArray().Select(hash => hash.GetInt32())] : null);
            });
        }
    }

    private void Add(int line, Func<Row> read)
    {
        try
        {
            var row = read();
            if (row.Input < 1) throw new FormatException($"its prompt has {row.Input} tokens");

            // Recorded requests that generated nothing still prefilled; here they end with their first token.
            _rows.Add(row.Output < 1 ? row with { Output = 1 } : row);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or IndexOutOfRangeException or OverflowException)
        {
            throw new SimulationException($"Line {line} of the trace {_path} cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private readonly record struct Row(double Arrival, int Input, int Output, Priority Priority, string Tenant, int[]? PrefixBlocks);
}
