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
/// The bare engine loop (scheduler, kernels, sampler; no actors, no HTTP): decode at several batch sizes, prefill, memory, and how near one
/// request's decode comes to what reading the weights at this machine's bandwidth allows.
/// </summary>
internal static class EngineBenchmark
{
    public const string Name = "engine";

    private const string Usage =
        "engine [--models 15m,110m|DIR] [--types f32,bf16] [--batches 1,8,32] [--threads N] [--device cpu] [--prompt 16] [--steps 64] [--prefill 512] [--json FILE]";

    private const int BlockSize = 16;
    private const int WarmSteps = 6;
    private const int PrefillRounds = 5;

    public static int Run(string[] args)
    {
        var arguments = new BenchmarkArguments(
            args, Usage, "--models", "--types", "--batches", "--threads", "--device", "--prompt", "--steps", "--prefill", "--json");
        int threads = arguments.Number("--threads", Environment.ProcessorCount);
        var load = new EngineLoad(
            arguments.Numbers("--batches", "1,8,32"), arguments.Number("--prompt", 16), arguments.Number("--steps", 64),
            arguments.Number("--prefill", 512));
        var figures = new List<EngineFigures>();
        using var bandwidth = new ReadBandwidth(threads);
        using (BenchmarkModel warm = BenchmarkModel.Tiny())
        {
            // Compiles what the engine runs, which is no instance's memory.
            Measure(warm, new EngineLoad([1], 8, 40, 8), threads, "cpu", bandwidth);
        }

        foreach (string name in arguments.Words("--models", "15m,110m"))
        {
            foreach (string type in arguments.Words("--types", "f32,bf16"))
            {
                using BenchmarkModel model = BenchmarkModel.Open(name, TypeOf(type));
                figures.Add(Measure(model, load, threads, arguments.Text("--device") ?? "cpu", bandwidth));
            }
        }

        Print(figures);
        BenchmarkReport.Save(arguments.Text("--json"), figures);
        return 0;
    }

    private static WeightType TypeOf(string text) => text switch
    {
        "f32" => WeightType.F32,
        "bf16" => WeightType.BF16,
        _ => throw new BenchmarkArgumentException($"--types has {text}, but knows f32 and bf16."),
    };

    private static EngineFigures Measure(BenchmarkModel model, EngineLoad load, int threads, string device, ReadBandwidth bandwidth)
    {
        int context = Math.Min(model.Config.MaxPositions, Math.Max(load.Prompt + WarmSteps + load.Steps, load.Prefill + 1));
        if (context < load.Prefill + 1 || context < load.Prompt + WarmSteps + load.Steps)
        {
            throw new BenchmarkArgumentException(
                $"{model.Name} has a context of {model.Config.MaxPositions} tokens: lower --prompt, --steps or --prefill.");
        }

        int blocks = Math.Max(load.Batches.Max() * Blocks(load.Prompt + WarmSteps + load.Steps), Blocks(context)) + 1;
        var options = new ExecutorOptions
        {
            Device = device,
            WeightType = model.Type,
            BlockCount = blocks,
            BlockSize = BlockSize,
            Threads = threads,
            MaxTokensPerStep = Math.Max(512, load.Batches.Max() * load.Prompt),
            MaxSamplesPerStep = Math.Max(64, load.Batches.Max()),
        };

        long before = ProcessMemory.ResidentBytes();
        using IModelExecutor executor = Executors.Create(options, model.Config, model.Weights);
        Decode(executor, context, 1, load.Prompt, WarmSteps);
        long first = ProcessMemory.ResidentBytes() - before;
        long second = SecondInstance(options, model, context, load);

        var bandwidths = new List<double> { bandwidth.Measure() };
        var decodes = new List<DecodeFigures>();
        foreach (int batch in load.Batches)
        {
            decodes.Add(Decode(executor, context, batch, load.Prompt, load.Steps));
            bandwidths.Add(bandwidth.Measure());
        }

        double prefill = load.Prefill / BenchmarkReport.Median(Enumerable.Range(0, PrefillRounds).Select(round => Prefill(executor, context, load, round)));
        double measured = BenchmarkReport.Median(bandwidths);

        // Every weight but the embedding table, of which a step reads one row a token, and the KV of the tokens so far.
        long embedding = model.Config.TiedEmbeddings ? 0 : (long)model.Config.VocabularySize * model.Config.HiddenSize * model.BytesPerWeight;
        long bytesPerStep = executor.WeightBytes - embedding + ((load.Prompt + WarmSteps + (load.Steps / 2)) * executor.Kv.BytesPerToken);
        double limit = measured / bytesPerStep;
        double? single = decodes.FirstOrDefault(decode => decode.Batch == 1)?.UndisturbedTokensPerSecond;
        return new EngineFigures(
            model.Name, executor.KernelClass, threads, executor.WeightBytes, decodes, load.Prefill, prefill, measured, bytesPerStep, limit, single / limit,
            executor.Kv.TotalBytes, first, second);
    }

    private static int Blocks(int tokens) => (tokens + BlockSize - 1) / BlockSize;

    /// <summary>What one more instance of the same model adds, used once so that its memory is touched.</summary>
    private static long SecondInstance(ExecutorOptions options, BenchmarkModel model, int context, EngineLoad load)
    {
        long before = ProcessMemory.ResidentBytes();
        using IModelExecutor executor = Executors.Create(options, model.Config, model.Weights);
        Decode(executor, context, 1, load.Prompt, WarmSteps);
        return ProcessMemory.ResidentBytes() - before;
    }

    private static EngineLoop NewLoop(IModelExecutor executor, int context, int budget) =>
        new(executor, new BatchSchedulerOptions
        {
            BlockCount = executor.Kv.Blocks,
            BlockSize = BlockSize,
            MaxContext = context,
            TokenBudget = budget,
            PrefixCaching = false,
        });

    private static Sequence NewSequence(IModelExecutor executor, int context, int number, int prompt, int maxTokens)
    {
        var random = new Random(number);
        int[] tokens = [.. Enumerable.Range(0, prompt).Select(_ => random.Next(executor.Model.VocabularySize))];

        // No stop strings, so the tokenizer is never asked.
        var rules = new OutputRules(executor.Model.VocabularySize, context, EndTokens: [], BenchmarkModel.NoTokenizer);
        return new Sequence(new RequestId(1, (ulong)number << 16), tokens, new SamplingParameters { Temperature = 0, MaxTokens = maxTokens }, rules);
    }

    /// <summary>Decodes a full batch, every step timed.</summary>
    private static DecodeFigures Decode(IModelExecutor executor, int context, int batch, int prompt, int steps)
    {
        EngineLoop loop = NewLoop(executor, context, Math.Max(512, batch * prompt));
        for (int i = 0; i < batch; i++) loop.Add(NewSequence(executor, context, i, prompt, WarmSteps + steps), Priority.Normal);
        for (int i = 0; i < WarmSteps; i++) Expect(batch, loop.Step().Count);

        double[] seconds = new double[steps];
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < steps; i++)
        {
            long started = Stopwatch.GetTimestamp();
            int tokens = loop.Step().Count;
            seconds[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Expect(batch, tokens);
        }

        cpu = Environment.CpuUsage.TotalTime - cpu;
        double median = BenchmarkReport.Median(seconds);
        return new DecodeFigures(
            batch, batch / median, median * 1000, batch / BenchmarkReport.Quantile(seconds, 0.1), seconds.Max() * 1000, cpu.TotalMicroseconds / (steps * batch));
    }

    /// <summary>Seconds from a prompt to its first token.</summary>
    private static double Prefill(IModelExecutor executor, int context, EngineLoad load, int round)
    {
        EngineLoop loop = NewLoop(executor, context, 512);
        loop.Add(NewSequence(executor, context, 1000 + round, load.Prefill, 1), Priority.Normal);
        long started = Stopwatch.GetTimestamp();
        while (loop.Count > 0) loop.Step();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void Expect(int batch, int tokens)
    {
        if (tokens != batch) throw new InvalidOperationException($"A step of {batch} requests gave {tokens} tokens: the figures would be wrong.");
    }

    private static void Print(List<EngineFigures> figures)
    {
        int[] batches = [.. figures[0].Decode.Select(decode => decode.Batch)];
        BenchmarkReport.Print(
            [
                "model", "kernels", "threads", .. batches.Select(batch => $"decode {batch}"), .. batches.Select(batch => $"cpu us {batch}"), "prefill", "read GB/s", "limit 1", "of limit",
                "weights MB", "KV MB", "1st MB", "2nd MB",
            ],
            [.. figures.Select(Row)]);
        Console.WriteLine("decode B, prefill, limit 1: tokens a second; cpu us B: CPU microseconds a token of all threads; 1st, 2nd: resident memory added by the first and by a second instance");
    }

    private static string[] Row(EngineFigures figures) =>
    [
        figures.Model, figures.KernelClass, Text(figures.Threads), .. figures.Decode.Select(decode => Text(decode.TokensPerSecond)),
        .. figures.Decode.Select(decode => Text(decode.CpuMicrosecondsPerToken)), Text(figures.PrefillTokensPerSecond),
        Text(figures.ReadBytesPerSecond / 1e9), Text(figures.LimitTokensPerSecond), Percent(figures.ShareOfLimit), Megabytes(figures.WeightBytes),
        Megabytes(figures.KvBytes), Megabytes(figures.FirstInstanceBytes), Megabytes(figures.SecondInstanceBytes),
    ];

    private static string Text(double value) => value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private static string Percent(double? share) => share is { } known ? known.ToString("0 %", CultureInfo.InvariantCulture) : "-";

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0", CultureInfo.InvariantCulture);
}
