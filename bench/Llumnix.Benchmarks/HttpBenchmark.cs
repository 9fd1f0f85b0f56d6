using System.Diagnostics;
using System.Globalization;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Benchmarks;

/// <summary>
/// What serving costs over the bare engine loop: the same requests by server-sent events from one instance in a process of its own, and in
/// the loop in this process, in turn, at the same number of requests at once, threads, blocks and formats. The client runs on the same
/// cores as the server, which the ratio of tokens a second includes; CPU time is told apart.
/// </summary>
internal static class HttpBenchmark
{
    public const string Name = "http";

    private const string Usage =
        "http [--models 15m,110m|DIR] [--types f32,bf16] [--concurrency 1,8,32] [--threads N] [--prompt 16] [--tokens 128] [--rounds 3] [--json FILE]";

    private const int BlockSize = 16;

    public static int Run(string[] args)
    {
        var arguments = new BenchmarkArguments(
            args, Usage, "--models", "--types", "--concurrency", "--threads", "--prompt", "--tokens", "--rounds", "--json");
        var load = new HttpLoad(
            arguments.Numbers("--concurrency", "1,8,32"), arguments.Number("--threads", Environment.ProcessorCount), arguments.Number("--prompt", 16),
            arguments.Number("--tokens", 128), arguments.Number("--rounds", 3));
        var starts = new List<StartFigures>();
        var figures = new List<HttpFigures>();
        foreach (string name in arguments.Words("--models", "15m,110m"))
        {
            foreach (string type in arguments.Words("--types", "f32,bf16"))
            {
                using BenchmarkModel model = BenchmarkModel.Open(name, TypeOf(type));
                using BenchmarkFolder folder = BenchmarkFolder.Of(name, model);
                MeasureAsync(model, folder, load, starts, figures).GetAwaiter().GetResult();
            }
        }

        Print(starts, figures);
        BenchmarkReport.Save(arguments.Text("--json"), new HttpReport(starts, figures));
        return 0;
    }

    private static WeightType TypeOf(string text) => text switch
    {
        "f32" => WeightType.F32,
        "bf16" => WeightType.BF16,
        _ => throw new BenchmarkArgumentException($"--types has {text}, but knows f32 and bf16."),
    };

    private static async Task MeasureAsync(
        BenchmarkModel model, BenchmarkFolder folder, HttpLoad load, List<StartFigures> starts, List<HttpFigures> figures)
    {
        if (load.Prompt + load.Tokens > model.Config.MaxPositions)
        {
            throw new BenchmarkArgumentException($"{model.Name} has a context of {model.Config.MaxPositions} tokens: lower --prompt or --tokens.");
        }

        int most = load.Concurrency.Max();
        int blocks = Math.Max(most * Blocks(load.Prompt + load.Tokens), Blocks(model.Config.MaxPositions)) + (2 * most);
        string type = model.Type == WeightType.F32 ? "float32" : "bfloat16";
        using ServerProcess server = await ServerProcess.StartAsync(
            "--model", folder.Path, "--instances", "1", "--dtype", type,
            "--set", $"llumnix.engine.kv-dtype={type}", "--set", $"llumnix.engine.blocks={blocks}", "--set", $"llumnix.engine.block-size={BlockSize}",
            "--set", $"llumnix.engine.threads={load.Threads}", "--set", $"llumnix.engine.max-running={Math.Max(64, most)}",
            "--set", "llumnix.engine.prefix-caching=off", "--set", "llumnix.engine.watermark=0");
        await server.StreamAsync(Prompt(model, 0, load.Prompt), 1, () => starts.Add(
            new StartFigures(model.Name, type, server.Ready.TotalSeconds, server.Age.TotalSeconds)));

        using IModelExecutor executor = Executors.Create(
            new ExecutorOptions
            {
                WeightType = model.Type,
                KvType = model.Type,
                BlockCount = blocks,
                BlockSize = BlockSize,
                Threads = load.Threads,
                MaxSamplesPerStep = Math.Max(64, most),
            },
            model.Config, model.Weights);
        foreach (int concurrency in load.Concurrency) figures.Add(await CompareAsync(model, type, executor, server, concurrency, load));
    }

    private static async Task<HttpFigures> CompareAsync(
        BenchmarkModel model, string type, IModelExecutor executor, ServerProcess server, int concurrency, HttpLoad load)
    {
        // Code and connections warm up on both sides.
        RunBare(model, executor, concurrency, load);
        await RunHttpAsync(model, server, concurrency, load);

        var bare = new List<(double Rate, double Cpu)>();
        var http = new List<(double Rate, double Server, double Client, double First)>();
        for (int round = 0; round < load.Rounds; round++)
        {
            bare.Add(RunBare(model, executor, concurrency, load));
            http.Add(await RunHttpAsync(model, server, concurrency, load));
        }

        return new HttpFigures(
            model.Name, type, concurrency,
            BenchmarkReport.Median(bare.Select(round => round.Rate)),
            BenchmarkReport.Median(http.Select(round => round.Rate)),
            BenchmarkReport.Median(http.Zip(bare, (served, loop) => served.Rate / loop.Rate)),
            BenchmarkReport.Median(bare.Select(round => round.Cpu)),
            BenchmarkReport.Median(http.Select(round => round.Server)),
            BenchmarkReport.Median(http.Select(round => round.Client)),
            BenchmarkReport.Median(http.Select(round => round.First)));
    }

    private static (double Rate, double Cpu) RunBare(BenchmarkModel model, IModelExecutor executor, int concurrency, HttpLoad load)
    {
        var loop = new EngineLoop(executor, new BatchSchedulerOptions
        {
            BlockCount = executor.Kv.Blocks,
            BlockSize = BlockSize,
            MaxContext = model.Config.MaxPositions,
            MaxRunning = Math.Max(64, concurrency),
            PrefixCaching = false,
            Watermark = 0,
        });
        var rules = new OutputRules(model.Config.VocabularySize, model.Config.MaxPositions, EndTokens: [], BenchmarkModel.NoTokenizer);
        var sampling = new SamplingParameters { Temperature = 0, MaxTokens = load.Tokens };
        var times = new TokenTimes(concurrency);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < concurrency; i++)
        {
            loop.Add(new Sequence(new RequestId((ulong)i + 1, 1 << 16), Prompt(model, i, load.Prompt), sampling, rules), Priority.Normal);
        }

        while (loop.Count > 0)
        {
            foreach (SampledToken token in loop.Step()) times.Add((int)token.Id.High - 1);
        }

        cpu = Environment.CpuUsage.TotalTime - cpu;
        return (times.PerSecond(), cpu.TotalMicroseconds / times.Count);
    }

    private static async Task<(double Rate, double Server, double Client, double First)> RunHttpAsync(
        BenchmarkModel model, ServerProcess server, int concurrency, HttpLoad load)
    {
        var times = new TokenTimes(concurrency);
        long sent = Stopwatch.GetTimestamp();
        TimeSpan served = server.CpuTime, client = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(
            i => server.StreamAsync(Prompt(model, i, load.Prompt), load.Tokens, () => times.Add(i))));
        client = Environment.CpuUsage.TotalTime - client;
        served = server.CpuTime - served;
        double first = BenchmarkReport.Median(
            Enumerable.Range(0, concurrency).Select(i => Stopwatch.GetElapsedTime(sent, times.First(i)).TotalMilliseconds));
        return (times.PerSecond(), served.TotalMicroseconds / times.Count, client.TotalMicroseconds / times.Count, first);
    }

    private static int[] Prompt(BenchmarkModel model, int number, int length)
    {
        var random = new Random(number);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(model.Config.VocabularySize))];
    }

    private static int Blocks(int tokens) => (tokens + BlockSize - 1) / BlockSize;

    private static void Print(List<StartFigures> starts, List<HttpFigures> figures)
    {
        BenchmarkReport.Print(
            ["model", "type", "at once", "bare tok/s", "http tok/s", "ratio", "bare cpu us", "server cpu us", "client cpu us", "first ms"],
            [.. figures.Select(row => (string[])
            [
                row.Model, row.Type, Text(row.Concurrency), Text(row.BareTokensPerSecond), Text(row.HttpTokensPerSecond),
                row.Ratio.ToString("0.000", CultureInfo.InvariantCulture), Text(row.BareCpuMicroseconds), Text(row.ServerCpuMicroseconds),
                Text(row.ClientCpuMicroseconds), Text(row.FirstTokenMilliseconds),
            ])]);
        Console.WriteLine("tok/s: while all requests decode; cpu us: CPU microseconds a token, prompts included; the client shares the server's cores");
        Console.WriteLine();
        BenchmarkReport.Print(
            ["model", "type", "ready s", "first token s"],
            [.. starts.Select(row => (string[])[row.Model, row.Type, Seconds(row.ReadySeconds), Seconds(row.FirstTokenSeconds)])]);
        Console.WriteLine("from the start of the process");
    }

    private static string Text(double value) => value.ToString(value < 100 ? "0.#" : "0", CultureInfo.InvariantCulture);

    private static string Seconds(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
