using Llumnix.Scheduling;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Paper;

/// <summary>The workloads of the Llumnix paper (OSDI 2024, section 6.1, table 1).</summary>
public static class PaperWorkloads
{
    /// <summary>No prompt and no output is longer.</summary>
    public const int LongestTokens = 6144;

    private static readonly Dictionary<string, ILengthDistribution> Generated = new(StringComparer.Ordinal)
    {
        ["S"] = new ZipfLengths(2.0, 128, LongestTokens),
        ["M"] = new ZipfLengths(1.5, 256, LongestTokens),
        ["L"] = new ZipfLengths(1.15, 512, LongestTokens),
    };

    private static readonly SortedDictionary<string, (ILengthDistribution Input, ILengthDistribution Output)> Known = All();

    /// <summary>The names of traces: <c>X-Y</c> has input lengths X and output lengths Y.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A trace's generator.</summary>
    /// <param name="trace">One of <see cref="Names"/>.</param>
    /// <param name="rate">Requests per second.</param>
    /// <exception cref="ArgumentException">There is no trace of that name.</exception>
    public static GeneratedWorkload Create(string trace, double rate) => Known.TryGetValue(trace, out var lengths)
        ? new GeneratedWorkload { Name = trace, Input = lengths.Input, Output = lengths.Output, Rate = rate }
        : throw new ArgumentException($"There is no trace \"{trace}\"; there are {string.Join(", ", Names)}.");

    /// <summary>One in ten requests is of the high class, as in figure 13.</summary>
    public static ClassShares TenthHigh { get; } = new([(Priority.High, 0.1)], []);

    private static SortedDictionary<string, (ILengthDistribution Input, ILengthDistribution Output)> All()
    {
        var all = new SortedDictionary<string, (ILengthDistribution, ILengthDistribution)>(StringComparer.Ordinal)
        {
            ["BurstGPT"] = (
                new QuantileLengths("BurstGPT input", 830, (0.5, 582), (0.8, 1427), (0.95, 2345), (0.99, 3549)),
                new QuantileLengths("BurstGPT output", 271, (0.5, 243), (0.8, 434), (0.95, 669), (0.99, 964))),
            ["ShareGPT"] = (
                new QuantileLengths("ShareGPT input", 306, (0.5, 74), (0.8, 348), (0.95, 1484), (0.99, 3388)),
                new QuantileLengths("ShareGPT output", 500, (0.5, 487), (0.8, 781), (0.95, 988), (0.99, 1234))),
        };
        foreach (var (input, inputs) in Generated)
        {
            foreach (var (output, outputs) in Generated) all.Add($"{input}-{output}", (inputs, outputs));
        }

        return all;
    }
}
