using System.Globalization;
using Llumnix.Scheduling;
using Llumnix.Simulation.Paper;

namespace Llumnix.Simulation.Workloads;

/// <summary>
/// A workload in one line: what, then keys after commas, such as <c>M-M,rate=7.5,cv=4,high=10%</c>.
/// </summary>
/// <remarks>
/// What: one of <see cref="PaperWorkloads.Names"/>, <c>INPUT/OUTPUT</c> for fixed lengths in tokens, or the path of a trace
/// (<see cref="TraceFile"/>). Keys: <c>rate</c> (requests a second; a trace has its own), <c>cv</c> (of the times between arrivals, 1),
/// <c>requests</c> (10000; a trace's own), <c>high</c>, <c>low</c> (shares), <c>tenants</c> (<c>a:70%+b:30%</c>), <c>curve</c>
/// (<c>diurnal:AMPLITUDE:SECONDS</c>, <c>spiky:TIMES:SECONDS:PERIOD</c>), and for a trace <c>input-scale</c>, <c>output-scale</c>.
/// </remarks>
public sealed class WorkloadText
{
    private static readonly string[] GeneratedKeys = ["rate", "cv", "requests", "high", "low", "tenants", "curve"];
    private static readonly string[] TraceKeys = ["rate", "requests", "high", "low", "tenants", "input-scale", "output-scale"];

    private readonly string _text;
    private readonly string _what;
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly TraceFile? _trace;

    /// <exception cref="SimulationException">It cannot be understood, or the trace cannot be read.</exception>
    public WorkloadText(string text)
    {
        _text = text;
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        _what = parts[0];
        bool isTrace = !PaperWorkloads.Names.Contains(_what) && !TryFixed(out _, out _);
        if (isTrace && !File.Exists(_what))
        {
            throw new SimulationException(
                $"The workload \"{_what}\" is no file and none of {string.Join(", ", PaperWorkloads.Names)}; fixed lengths are written as 512/128.");
        }

        string[] known = isTrace ? TraceKeys : GeneratedKeys;
        foreach (string part in parts.Skip(1))
        {
            string[] pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (!known.Contains(pair[0])) throw new SimulationException($"The workload {text} has the key \"{pair[0]}\"; there are {string.Join(", ", known)}.");
            if (pair.Length < 2 || !_keys.TryAdd(pair[0], pair[1])) throw new SimulationException($"The workload {text} must give {pair[0]} one value, as in {pair[0]}=1.");
        }

        if (isTrace) _trace = TraceFile.Read(_what);
        else if (!_keys.ContainsKey("rate")) throw new SimulationException($"The workload {text} has no rate; add one in requests per second, as in {text},rate=7.5.");

        // Whatever is wrong is told now.
        Generate(1, requests: 1);
    }

    /// <summary>The requests, the same for the same seed.</summary>
    /// <param name="seed">Of what is drawn.</param>
    /// <param name="rateFactor">What the rate is multiplied by.</param>
    /// <param name="requests">How many instead of the workload's own number; null for that.</param>
    public Workload Generate(ulong seed, double rateFactor = 1, int? requests = null)
    {
        requests ??= _keys.ContainsKey("requests") ? (int)Number("requests", 1, 1, 1e9) : null;
        if (_trace is not null)
        {
            double? rate = _keys.ContainsKey("rate") || rateFactor != 1 ? Number("rate", _trace.Rate, double.Epsilon, 1e9) * rateFactor : null;
            return _trace.ToWorkload(requests, rate, Number("input-scale", 1, 1e-6, 1e6), Number("output-scale", 1, 1e-6, 1e6), Shares(), seed);
        }

        double own = Number("rate", 1, double.Epsilon, 1e9) * rateFactor;
        var generated = TryFixed(out int input, out int output)
            ? new GeneratedWorkload { Name = _what, Input = new FixedLengths(input), Output = new FixedLengths(output), Rate = own }
            : PaperWorkloads.Create(_what, own);
        return (generated with
        {
            Variation = Number("cv", 1, 0.01, 100),
            Requests = requests ?? generated.Requests,
            Curve = Curve(),
            Shares = Shares() ?? ClassShares.AllNormal,
        }).Generate(seed);
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private bool TryFixed(out int input, out int output)
    {
        string[] parts = _what.Split('/');
        output = 0;
        return int.TryParse(parts[0], CultureInfo.InvariantCulture, out input) && parts.Length == 2
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out output) && input > 0 && output > 0;
    }

    private double Number(string key, double otherwise, double least, double most)
    {
        if (!_keys.TryGetValue(key, out string? text)) return otherwise;
        if (double.TryParse(text, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most) return number;

        throw Wrong(key, string.Create(CultureInfo.InvariantCulture, $"a number{(least > 0 && least < 1e-5 ? " above 0" : $" from {least} to {most}")}"));
    }

    private ClassShares? Shares()
    {
        if (!_keys.ContainsKey("high") && !_keys.ContainsKey("low") && !_keys.ContainsKey("tenants")) return null;

        List<(Priority, double)> priorities = [];
        if (_keys.TryGetValue("high", out string? high)) priorities.Add((Priority.High, Share("high", high)));
        if (_keys.TryGetValue("low", out string? low)) priorities.Add((Priority.Low, Share("low", low)));
        List<(string, double)> tenants = [];
        foreach (string tenant in _keys.TryGetValue("tenants", out string? listed) ? listed.Split('+') : [])
        {
            string[] pair = tenant.Split(':');
            if (pair.Length != 2) throw Wrong("tenants", "names and shares, as in a:70%+b:30%");
            tenants.Add((pair[0], Share("tenants", pair[1])));
        }

        if (priorities.Sum(share => share.Item2) > 1 + 1e-9) throw Wrong("high", "a share that leaves with low no more than all");
        if (tenants.Sum(share => share.Item2) > 1 + 1e-9) throw Wrong("tenants", "shares of no more than all together");
        return new ClassShares(priorities, tenants);
    }

    private double Share(string key, string text)
    {
        double scale = text.EndsWith('%') ? 100 : 1;
        if (double.TryParse(text.TrimEnd('%'), CultureInfo.InvariantCulture, out double share) && share >= 0 && share <= scale) return share / scale;

        throw Wrong(key, "a share, as in 10% or 0.1");
    }

    private RateCurve Curve()
    {
        if (!_keys.TryGetValue("curve", out string? text)) return new RateCurve.Steady();

        string[] parts = text.Split(':');
        double[] numbers = [.. parts.Skip(1).Select(part => double.TryParse(part, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        return (parts[0], numbers) switch
        {
            ("diurnal", [>= 0 and <= 1, > 0]) => new RateCurve.Diurnal(numbers[0], numbers[1]),
            ("spiky", [>= 1, > 0, > 0]) when numbers[1] <= numbers[2] => new RateCurve.Spiky(numbers[0], numbers[1], numbers[2]),
            _ => throw Wrong("curve", "diurnal:AMPLITUDE:SECONDS with an amplitude from 0 to 1, or spiky:TIMES:SECONDS:PERIOD in seconds"),
        };
    }

    private SimulationException Wrong(string key, string right) =>
        new($"The workload {_text} has {key}={_keys.GetValueOrDefault(key, "")}; it must be {right}.");
}
