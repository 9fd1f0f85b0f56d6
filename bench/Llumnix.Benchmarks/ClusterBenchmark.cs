using System.Diagnostics;
using System.Globalization;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Benchmarks;

/// <summary>
/// <c>cluster --model DIR [--streams 1,8,32,64] [--tokens 400] [--instances 1] [--json FILE]</c>: CPU time per output token of the actors
/// (instance, token receiver, entity, session, channel to a client that reads in the same process) over that of the bare engine loop, both
/// with a model that costs nothing, and how long a node takes to start and stop. Without HTTP.
/// </summary>
internal static class ClusterBenchmark
{
    public const string Name = "cluster";

    private const string Usage = "cluster --model DIR [--streams 1,8,32,64] [--tokens 400] [--instances 1] [--json FILE]";

    public static int Run(string[] args)
    {
        var arguments = new BenchmarkArguments(args, Usage, "--model", "--streams", "--tokens", "--instances", "--json");
        string model = arguments.Text("--model") ?? throw new BenchmarkArgumentException($"--model is missing: {Usage}.");
        int tokens = arguments.Number("--tokens", 400);
        int instances = arguments.Number("--instances", 1);
        var figures = RunAsync(model, arguments.Numbers("--streams", "1,8,32,64"), tokens, instances).GetAwaiter().GetResult();
        BenchmarkReport.Print(
            ["streams", "engine us/token", "cluster us/token", "actors us/token", "cluster tokens/s"],
            [.. figures.Rows.Select(row => new[]
            {
                row.Streams.ToString(CultureInfo.InvariantCulture), Text(row.EngineCpu), Text(row.ClusterCpu), Text(row.ClusterCpu - row.EngineCpu),
                row.TokensPerSecond.ToString("F0", CultureInfo.InvariantCulture),
            })]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"start {figures.StartSeconds:F2} s, first token {figures.FirstTokenSeconds * 1000:F1} ms, stop {figures.StopSeconds:F2} s"));
        BenchmarkReport.Save(arguments.Text("--json"), figures);
        return 0;
    }

    private static string Text(double microseconds) => microseconds.ToString("F2", CultureInfo.InvariantCulture);

    private static async Task<Figures> RunAsync(string path, int[] streams, int tokens, int instances)
    {
        var folder = ModelFolder.Load(path);
        tokens = Math.Min(tokens, folder.Config.MaxPositions - 8);
        var configuration = LlumnixConfiguration.Load(
            sets: [$"llumnix.model.path={Path.GetFullPath(path)}", "llumnix.model.name=bench", $"llumnix.instances.count={instances}"]);
        long start = Stopwatch.GetTimestamp();
        var node = await LlumnixNode.StartAsync(
            configuration, new NodeDependencies { CreateExecutor = (options, config, _) => new ConstantExecutor(options, config) });
        double startSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        await ReadAsync(node, Request(0, tokens: 1));
        double first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var rows = new List<Row>();
        foreach (int count in streams)
        {
            var cluster = new List<Measured>();
            var engine = new List<Measured>();
            for (int round = 0; round < 6; round++)
            {
                // Many requests one after the other in each stream, so that starting and ending them counts as it would.
                int requests = Math.Max(1, 64 / count);
                double work = (double)count * requests * tokens;
                cluster.Add(Measured.Of(work, () => Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
                {
                    for (int i = 0; i < requests; i++) await ReadAsync(node, Request(0, tokens));
                })).GetAwaiter().GetResult()));
                engine.Add(Measured.Of(work, () =>
                {
                    for (int i = 0; i < requests; i++) RunEngine(folder, configuration.Engine, count, tokens);
                }));
            }

            // The first two rounds warm up.
            rows.Add(new Row(
                count,
                BenchmarkReport.Median(engine.Skip(2).Select(Microseconds)),
                BenchmarkReport.Median(cluster.Skip(2).Select(Microseconds)),
                BenchmarkReport.Median(cluster.Skip(2).Select(measured => measured.Work / measured.Seconds))));
        }

        start = Stopwatch.GetTimestamp();
        await node.StopAsync();
        return new Figures(rows, startSeconds, first, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static double Microseconds(Measured measured) => measured.CpuSeconds / measured.Work * 1e6;

    private static GenerateRequest Request(ulong seed, int tokens) => new()
    {
        Id = RequestId.FromRandomBits((ulong)Random.Shared.NextInt64(), (ulong)Random.Shared.NextInt64()),
        Model = "bench",
        Prompt = [1, 2, 3, 4],
        Sampling = new SamplingParameters { Temperature = 0, Seed = seed, MaxTokens = tokens, IgnoreEos = true },
    };

    private static async Task ReadAsync(LlumnixNode node, GenerateRequest request)
    {
        using var stream = node.Client!.Generate(request);
        int count = 0;
        await foreach (var happened in stream.Events.ReadAllAsync())
        {
            if (happened.Kind == GenerationEventKind.Failed) throw new InvalidOperationException(happened.Text);
            if (happened.Kind == GenerationEventKind.Token) count++;
        }

        if (count != request.Sampling.MaxTokens) throw new InvalidOperationException($"{count} tokens came of {request.Sampling.MaxTokens}.");
    }

    private static void RunEngine(ModelFolder folder, EngineOptions engine, int streams, int tokens)
    {
        var options = new ExecutorOptions
        {
            BlockCount = 64 * (folder.Config.MaxPositions + 15) / 16,
            MaxTokensPerStep = engine.TokenBudget,
            MaxSamplesPerStep = engine.MaxRunning,
        };
        using var executor = new ConstantExecutor(options, folder.Config);
        var rules = new OutputRules(folder.Config.VocabularySize, folder.Config.MaxPositions, folder.EndTokenIds, folder.Tokenizer);
        var loop = new EngineLoop(executor, new BatchSchedulerOptions
        {
            BlockCount = executor.Kv.Blocks,
            MaxContext = folder.Config.MaxPositions,
            TokenBudget = engine.TokenBudget,
            MaxRunning = engine.MaxRunning,
        });
        for (int i = 0; i < streams; i++)
        {
            var request = Request(0, tokens);
            loop.Add(new Sequence(request.Id, request.Prompt, request.Sampling, rules), Priority.Normal);
        }

        while (loop.Count > 0) loop.Step();
    }

    private sealed record Row(int Streams, double EngineCpu, double ClusterCpu, double TokensPerSecond);

    private sealed record Figures(IReadOnlyList<Row> Rows, double StartSeconds, double FirstTokenSeconds, double StopSeconds);
}
