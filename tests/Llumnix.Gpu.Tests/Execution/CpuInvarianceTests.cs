using CsCheck;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

/// <summary>A request's logits are the same bits whatever the executor does besides and however it is cut.</summary>
public sealed class CpuInvarianceTests
{
    private const int Longest = 70;
    private const int Identities = 6;
    private const int Blocks = 200;

    public static TheoryData<string> Models => TestModels.Names;

    [Theory]
    [MemberData(nameof(Models))]
    public void One_piece_chunks_and_single_tokens_give_the_same_bits(string name)
    {
        ModelConfig model = TestModels.All[name];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = 20 }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, Longest, model.VocabularySize);
        float[][] expected = executor.OneByOne(tokens, executor.Blocks(Longest));

        ExecutorSteps.SameBits(expected[^1], executor.Step(new Cut(tokens, 0, Longest, executor.Blocks(Longest, 5)))[0]);
        for (int start = 0; start < Longest; start += 9)
        {
            int count = Math.Min(9, Longest - start);
            float[] chunk = executor.Step(new Cut(tokens, start, count, executor.Blocks(Longest, 10)))[0];
            ExecutorSteps.SameBits(expected[start + count - 1], chunk);
        }
    }

    [Theory]
    [InlineData("qwen 3, odd widths", WeightType.F32, WeightType.F32)]
    [InlineData("llama 3, grouped heads, scaled rotation", WeightType.BF16, WeightType.BF16)]
    [InlineData("llama with every bias", WeightType.BF16, WeightType.F32)]
    [InlineData("mistral", WeightType.F32, WeightType.BF16)]
    [InlineData("heads of 64", WeightType.F32, WeightType.F16)]
    public void Batches_chunks_threads_block_sizes_and_block_ids_change_no_bit(string name, WeightType type, WeightType kv)
    {
        ModelConfig model = TestModels.All[name];
        using RandomWeights weights = new(model, 11, type);
        int[][] sequences = [.. Enumerable.Range(0, Identities).Select(i => ExecutorSteps.Sequence(i, Longest, model.VocabularySize))];
        ExecutorOptions options = new() { BlockCount = Blocks, KvType = kv };
        using CpuModelExecutor alone = new(options, model, weights);
        float[][][] expected = [.. sequences.Select(tokens => alone.OneByOne(tokens, alone.Blocks(Longest)))];
        CpuModelExecutor[] executors =
        [
            .. from threads in new[] { 1, 2, 3 }
               from blockSize in new[] { 4, 16, 32 }
               select new CpuModelExecutor(options with { Threads = threads, BlockSize = blockSize }, model, weights),
        ];

        // A mix: which executor, a seed for the block ids, and for each request in turn how long it is and how it is cut.
        Gen<(int, int, (int, int[])[])> mix = Gen.Select(
            Gen.Int[0, executors.Length - 1], Gen.Int[0, 1000],
            Gen.Select(Gen.Int[1, Longest], Gen.Int[0, 20].Array[1, 6]).Array[1, Identities]);
        mix.Sample(
            drawn =>
            {
                (int which, int blockSeed, (int Length, int[] Cuts)[] requests) = drawn;
                CpuModelExecutor executor = executors[which];
                int[] free = [.. Enumerable.Range(0, Blocks)];
                new Random(blockSeed).Shuffle(free);
                int taken = 0;
                int[][] tables = [.. requests.Select(r =>
                {
                    int count = executor.Blocks(r.Length).Length;
                    return free[taken..(taken += count)];
                })];
                int[] done = new int[requests.Length];
                for (int round = 0; Enumerable.Range(0, done.Length).Any(i => done[i] < requests[i].Length); round++)
                {
                    List<(int Request, Cut Cut)> step = [];
                    for (int i = 0; i < requests.Length; i++)
                    {
                        // A cut of 0 lets the request sit a step out, but not for ever.
                        int[] cuts = requests[i].Cuts;
                        int count = Math.Min(Math.Max(cuts[round % cuts.Length], round > 40 ? 1 : 0), requests[i].Length - done[i]);
                        if (count > 0) step.Add((i, new Cut(sequences[i], done[i], count, tables[i], Samples: (round + i) % 4 != 0)));
                        done[i] += count;
                    }

                    if (step.Count == 0) continue;

                    float[][] logits = executor.Step([.. step.Select(share => share.Cut)]);
                    int sampled = 0;
                    foreach ((int request, Cut cut) in step.Where(share => share.Cut.Samples))
                        ExecutorSteps.SameBits(expected[request][cut.Start + cut.Count - 1], logits[sampled++]);
                }
            },
            iter: 60, threads: 1);
        foreach (CpuModelExecutor executor in executors) executor.Dispose();
    }

    [Theory]
    [InlineData("heads of 64", WeightType.F32)]
    [InlineData("qwen 2", WeightType.BF16)]
    public void Spans_of_a_long_context_computed_apart_give_the_same_bits(string name, WeightType kv)
    {
        ModelConfig model = TestModels.All[name];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        int[] tokens = ExecutorSteps.Sequence(1, 1300, model.VocabularySize);
        List<float[]> results = [];
        foreach (int threads in new[] { 1, 2, 3 })
        {
            ExecutorOptions options = new() { BlockCount = 100, MaxTokensPerStep = 1300, KvType = kv, Threads = threads };
            using CpuModelExecutor executor = new(options, model, weights);
            int[] blocks = executor.Blocks(1300);
            executor.Step(new Cut(tokens, 0, 1298, blocks, Samples: false));
            executor.Step(new Cut(tokens, 1298, 1, blocks));
            results.Add(executor.Step(new Cut(tokens, 1299, 1, blocks))[0]);
            results.Add(executor.Step(new Cut(tokens, 1290, 10, blocks))[0]);
        }

        foreach (float[] result in results) ExecutorSteps.SameBits(results[0], result);
    }

    [Fact]
    public void What_stands_in_memory_not_yet_written_does_not_matter()
    {
        ModelConfig model = TestModels.All["heads of 64"];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        int[] tokens = ExecutorSteps.Sequence(1, 20, model.VocabularySize);
        List<float[]> results = [];
        foreach (byte filling in new byte[] { 0, 0xFF, 0x7F })
        {
            using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = 2 }, model, weights);
            byte[] block = new byte[executor.Kv.BytesPerBlock];
            Array.Fill(block, filling);
            executor.WriteBlock(new(0), block);
            executor.WriteBlock(new(1), block);
            results.Add(executor.Step(new Cut(tokens, 0, 20, executor.Blocks(20)))[0]);
        }

        foreach (float[] result in results) ExecutorSteps.SameBits(results[0], result);
    }
}
