using System.Globalization;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Memory;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Benchmarks;

/// <summary>
/// <c>engine-kernels [THREADS]</c>: steps of the CPU executor on a random 110M Llama (hidden 768, 12 layers, 12 heads of 64, feed-forward
/// 2048, vocabulary 32000), each beside what the machine's memory and arithmetic allowed meanwhile. Medians of several steps.
/// </summary>
internal static class EngineKernels
{
    public const string Name = "engine-kernels";

    private const int Context = 128;
    private const int LongContext = 1920;
    private const int Prompt = 512;

    private static readonly ModelConfig Model = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = 32000,
        HiddenSize = 768,
        IntermediateSize = 2048,
        Layers = 12,
        Heads = 12,
        KvHeads = 12,
        HeadDim = 64,
        MaxPositions = 2048,
        RmsNormEpsilon = 1e-5,
        TiedEmbeddings = true,
    };

    public static int Run(string[] args)
    {
        int threads = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        using WorkerTeam team = new(threads, "limits");
        using HostBuffer memory = new(384L << 20);
        memory.Clear();
        Console.WriteLine($"{threads} threads; 110M Llama, decode at context {Context} (long: {LongContext}), prefill of {Prompt}. Right of the bar: by CPU time, as if no other process ran;");
        Console.WriteLine("weights read in GB/s and products in GFLOP/s, each beside its share of what plain loops over memory and registers reached meanwhile.");
        Console.WriteLine("weights  step         wall ms  tokens/s |  cpu ms  tokens/s     GB/s           GFLOP/s");
        foreach (WeightType type in new[] { WeightType.F32, WeightType.BF16 })
        {
            using RandomWeights weights = new(Model, 1, type);
            ExecutorOptions options = new() { BlockCount = 700, Threads = threads };
            using CpuModelExecutor executor = new(options, Model, weights);
            foreach (int batch in new[] { 1, 2, 4, 8, 16, 32, 64 }) Report(executor, team, memory, $"decode {batch}", Decode(batch, Context), 8);
            Report(executor, team, memory, "long 1", Decode(1, LongContext), 8);
            Report(executor, team, memory, "long 4", Decode(4, LongContext), 8);
            Report(executor, team, memory, $"prefill {Prompt}", Prefill(), 3);
        }

        return 0;
    }

    private static BatchPlan Decode(int batch, int context)
    {
        int blocks = (context / 16) + 1;
        BatchPlan plan = new();
        for (int i = 0; i < batch; i++)
            plan.Add(new RequestId(0, (ulong)i << 16), context, 1, samples: true, [.. Enumerable.Range(i * blocks, blocks)]);

        return plan;
    }

    private static BatchPlan Prefill()
    {
        BatchPlan plan = new();
        plan.Add(new RequestId(0, 0), 0, Prompt, samples: true, [.. Enumerable.Range(0, Prompt / 16)]);
        return plan;
    }

    private static void Report(CpuModelExecutor executor, WorkerTeam team, HostBuffer memory, string name, BatchPlan plan, int steps)
    {
        int[] tokens = [.. Enumerable.Range(0, plan.TokenCount).Select(i => i * 7919 % Model.VocabularySize)];
        executor.Execute(plan, tokens);
        List<Measured> runs = [], reads = [], arithmetic = [];
        for (int i = 0; i < steps; i++)
        {
            reads.Add(MachineLimits.ReadBandwidth(team, memory));
            arithmetic.Add(MachineLimits.Arithmetic(team));
            executor.Execute(plan, tokens);
            runs.Add(Measured.Of(plan.TokenCount, () => executor.Execute(plan, tokens)));
        }

        double head = (double)Model.VocabularySize * Model.HiddenSize, body = (executor.WeightBytes / ElementBytes(executor)) - head;
        double wall = Median(runs.Select(run => run.Seconds)), cpu = Median(runs.Select(run => run.CpuSeconds));
        double flops = 2 * ((body * plan.TokenCount) + (head * plan.SampleCount));
        double readShare = executor.WeightBytes / cpu / Median(reads.Select(run => run.Work / run.CpuSeconds));
        double arithmeticShare = flops / cpu / Median(arithmetic.Select(run => run.Work / run.CpuSeconds));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(ElementBytes(executor) == 4 ? "F32" : "BF16"),-7}  {name,-11}  {wall * 1e3,7:F1} {plan.TokenCount / wall,9:F0} | {cpu * 1e3,7:F1} {team.Size * plan.TokenCount / cpu,9:F0}   {team.Size * executor.WeightBytes / cpu / 1e9,6:F1} {readShare,7:P0}   {team.Size * flops / cpu / 1e9,6:F0} {arithmeticShare,7:P0}"));
    }

    private static int ElementBytes(CpuModelExecutor executor) => executor.Kv.BytesPerElement;

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
