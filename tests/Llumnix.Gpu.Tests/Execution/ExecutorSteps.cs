using Llumnix.Gpu.Execution;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Tests.Execution;

internal static class ExecutorSteps
{
    /// <summary>Runs one step and returns the logits of each share that samples, in order.</summary>
    public static float[][] Step(this IModelExecutor executor, params IReadOnlyList<Cut> cuts)
    {
        BatchPlan plan = new();
        List<int> tokens = [];
        foreach (Cut cut in cuts)
        {
            plan.Add(new RequestId(0, (ulong)plan.Items.Count << 16), cut.Start, cut.Count, cut.Samples, cut.Blocks);
            tokens.AddRange(cut.Tokens.AsSpan(cut.Start, cut.Count));
        }

        Span<float> logits = executor.Execute(plan, [.. tokens]);
        int width = executor.Model.VocabularySize;
        Assert.Equal(plan.SampleCount * width, logits.Length);
        float[][] rows = new float[plan.SampleCount][];
        for (int i = 0; i < rows.Length; i++) rows[i] = logits.Slice(i * width, width).ToArray();
        return rows;
    }

    /// <summary>The logits at every position, computed one position a step with nothing else in the batch.</summary>
    public static float[][] OneByOne(this IModelExecutor executor, int[] tokens, int[] blocks) =>
        [.. tokens.Select((_, position) => executor.Step(new Cut(tokens, position, 1, blocks))[0])];

    /// <summary>Block ids enough for a number of tokens, from <paramref name="first"/> on.</summary>
    public static int[] Blocks(this IModelExecutor executor, int tokens, int first = 0) =>
        [.. Enumerable.Range(first, (tokens + executor.Kv.BlockSize - 1) / executor.Kv.BlockSize)];

    /// <summary>A sequence that is always the same for the same <paramref name="identity"/>.</summary>
    public static int[] Sequence(int identity, int length, int vocabulary)
    {
        Random random = new(identity);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
    }

    public static void SameBits(float[] expected, float[] actual) =>
        Assert.Equal(Array.ConvertAll(expected, BitConverter.SingleToInt32Bits), Array.ConvertAll(actual, BitConverter.SingleToInt32Bits));

    /// <summary>The largest difference, as a share of the largest expected magnitude.</summary>
    public static double Distance(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = expected.Max(Math.Abs);
        return expected.Zip(actual, (e, a) => float.IsFinite(a) ? Math.Abs(e - a) : double.PositiveInfinity).Max() / scale;
    }
}
