using System.Globalization;
using Llumnix.Simulation.Results;

namespace Llumnix.Simulation.Studies;

/// <summary>
/// What must hold: <c>METRIC_STATISTIC=TIME</c>, such as <c>ttft_p99=1s</c>. Metrics: <c>ttft</c> (or <c>prefill</c>), <c>tpot</c> (or
/// <c>decode</c>, each request's mean), <c>itl</c> (every single token's), <c>request</c>. Statistics: <c>mean</c> (not of <c>itl</c>) and
/// <c>p1</c> to <c>p99</c> or finer. Times in <c>ms</c> or <c>s</c>.
/// </summary>
public sealed class ServiceLevel
{
    private readonly Func<SimulationResult, double> _measure;
    private readonly double _most;
    private readonly string _text;

    /// <exception cref="SimulationException">It cannot be understood.</exception>
    public ServiceLevel(string text)
    {
        _text = text;
        string[] sides = text.Split('=');
        string[] name = sides[0].Split('_');
        double? share = name is [_, ['p', .. var digits]]
            && double.TryParse(digits, CultureInfo.InvariantCulture, out double percent) && percent is > 0 and < 100 ? percent / 100 : null;
        if (sides.Length != 2 || name.Length != 2 || !TryTime(sides[1], out _most) || (share is null && name[1] != "mean")) throw Wrong();

        Func<SimulationResult, Distribution>? metric = name[0] switch
        {
            "ttft" or "prefill" => result => result.All.Prefill,
            "tpot" or "decode" => result => result.All.Decode,
            "request" => result => result.All.Request,
            _ => null,
        };
        _measure = (metric, share) switch
        {
            (null, { } part) when name[0] == "itl" => result => result.TokenTimes.Quantile(part),
            (not null, { } part) => result => metric(result).Quantile(part),
            (not null, null) => result => metric(result).Mean,
            _ => throw Wrong(),
        };
    }

    /// <summary>Whether every request was served and the level holds.</summary>
    public bool Holds(SimulationResult result) => result.All.Count == result.Requests.Count && Measure(result) <= _most;

    /// <summary>What it is about, in seconds.</summary>
    public double Measure(SimulationResult result) => _measure(result);

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static bool TryTime(string text, out double seconds)
    {
        double unit = text.EndsWith("ms", StringComparison.Ordinal) ? 0.001 : 1;
        bool hasUnit = text.EndsWith('s');
        return double.TryParse(text.TrimEnd('s').TrimEnd('m'), CultureInfo.InvariantCulture, out seconds) && hasUnit && (seconds *= unit) > 0;
    }

    private SimulationException Wrong() =>
        new($"The service level \"{_text}\" is not understood; write ttft, tpot, itl or request, then _mean or _p99, and a time, as in ttft_p99=1s.");
}
