using System.Diagnostics;
using System.Globalization;
using Llumnix.Gpu.Sampling;

namespace Llumnix.Benchmarks;

/// <summary>What choosing one token costs, by kind of sampling, size of the vocabulary and shape of the distribution.</summary>
internal static class SamplingBenchmark
{
    public const string Name = "sampling";

    private const string Usage = "sampling [--vocabulary 32000,128256] [--rounds 300] [--json FILE]";

    public static int Run(string[] args)
    {
        var arguments = new BenchmarkArguments(args, Usage, "--vocabulary", "--rounds", "--json");
        int rounds = arguments.Number("--rounds", 300);
        (string Name, SamplingParameters Parameters)[] kinds =
        [
            ("greedy", new() { Temperature = 0 }),
            ("temperature", new()),
            ("min_p 0.05", new() { MinP = 0.05f }),
            ("top_k 50", new() { TopK = 50 }),
            ("top_p 0.9", new() { TopP = 0.9f }),
            ("top_k 50, top_p 0.9, penalties", new() { TopK = 50, TopP = 0.9f, RepetitionPenalty = 1.1f, PresencePenalty = 0.5f }),
            ("greedy, logprobs 5", new() { Temperature = 0, Logprobs = 5 }),
        ];
        var figures = new List<SamplingFigures>();
        foreach (int vocabulary in arguments.Numbers("--vocabulary", "32000,128256"))
        {
            foreach ((string shape, float spread) in new[] { ("peaked", 3f), ("flat", 0.1f) })
            {
                float[][] rows = Rows(vocabulary, spread);
                foreach ((string name, SamplingParameters parameters) in kinds)
                {
                    figures.Add(new SamplingFigures(vocabulary, shape, name, Microseconds(rows, parameters, rounds)));
                }
            }
        }

        BenchmarkReport.Print(
            ["sampling", "vocabulary", "distribution", "us/token"],
            [.. figures.Select(f => new[]
            {
                f.Kind, f.Vocabulary.ToString(CultureInfo.InvariantCulture), f.Distribution,
                f.MicrosecondsPerToken.ToString("F1", CultureInfo.InvariantCulture),
            })]);
        BenchmarkReport.Save(arguments.Text("--json"), figures);
        return 0;
    }

    /// <summary>Rows of normal logits; several, as a sampler sees another one at each token.</summary>
    private static float[][] Rows(int vocabulary, float spread)
    {
        var random = new Random(1);
        float[][] rows = new float[4][];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new float[vocabulary];
            for (int token = 0; token < vocabulary; token++)
            {
                double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
                rows[i][token] = (float)(spread * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
            }
        }

        return rows;
    }

    private static double Microseconds(float[][] rows, SamplingParameters parameters, int rounds)
    {
        var sampler = new Sampler(rows[0].Length);
        var state = new SamplingState(parameters with { MaxTokens = int.MaxValue }, [.. Enumerable.Range(0, 200)], []);
        float[] row = new float[rows[0].Length];
        double[] times = new double[rounds];
        for (int round = -rounds / 4; round < rounds; round++)
        {
            // Penalties overwrite the row, as they do an executor's logits.
            rows[(round & int.MaxValue) % rows.Length].CopyTo(row, 0);
            long started = Stopwatch.GetTimestamp();
            int token = sampler.Sample(row, state, out _);
            if (round >= 0) times[round] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            state.Append(token);
        }

        return BenchmarkReport.Median(times);
    }
}
