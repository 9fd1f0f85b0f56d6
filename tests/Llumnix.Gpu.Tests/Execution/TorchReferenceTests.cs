using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

/// <summary>The torch executor on the cpu device, which runs the same operators as on CUDA.</summary>
public sealed class TorchReferenceTests
{
    private const int Length = 41;

    public static TheoryData<string> Models => TestModels.Names;

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_are_those_of_the_definition_in_one_piece_in_chunks_and_token_by_token(string name)
    {
        ModelConfig model = TestModels.All[name];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        using TorchModelExecutor executor = new(new ExecutorOptions { BlockCount = 12 }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, Length, model.VocabularySize);
        double[][] expected = new ReferenceModel(model, weights).Logits(tokens);

        float[][] single = executor.OneByOne(tokens, executor.Blocks(Length));
        for (int position = 0; position < Length; position++) Assert.InRange(ExecutorSteps.Distance(expected[position], single[position]), 0, 5e-6);

        float[] whole = executor.Step(new Cut(tokens, 0, Length, executor.Blocks(Length, 3)))[0];
        Assert.InRange(ExecutorSteps.Distance(expected[^1], whole), 0, 5e-6);
        for (int start = 0; start < Length; start += 9)
        {
            int count = Math.Min(9, Length - start);
            float[] chunk = executor.Step(new Cut(tokens, start, count, executor.Blocks(Length, 6)))[0];
            Assert.InRange(ExecutorSteps.Distance(expected[start + count - 1], chunk), 0, 5e-6);
        }
    }

    [Theory]
    [InlineData(WeightType.F32, WeightType.BF16)]
    [InlineData(WeightType.BF16, WeightType.BF16)]
    [InlineData(WeightType.BF16, WeightType.F32)]
    [InlineData(WeightType.F16, WeightType.F16)]
    public void Narrow_formats_lose_what_their_rounding_loses_and_no_more(WeightType type, WeightType kv)
    {
        ModelConfig model = TestModels.All["llama 3, grouped heads, scaled rotation"];
        using RandomWeights weights = new(model, 7, type);
        using TorchModelExecutor executor = new(new ExecutorOptions { BlockCount = 4, KvType = kv }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, Length, model.VocabularySize);

        double[] expected = new ReferenceModel(model, weights).Logits(tokens)[^1];
        float[] actual = executor.Step(new Cut(tokens, 0, Length, executor.Blocks(Length)))[0];

        Assert.InRange(ExecutorSteps.Distance(expected, actual), 0, 3e-2);
        Assert.Equal($"cpu-{type}-kv{kv}-torch".ToLowerInvariant(), executor.KernelClass);
    }

    [Fact]
    public void Requests_of_different_lengths_share_a_step_and_keep_their_own_logits()
    {
        ModelConfig model = TestModels.All["mistral"];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        using TorchModelExecutor executor = new(new ExecutorOptions { BlockCount = 40 }, model, weights);
        ReferenceModel reference = new(model, weights);
        int[] lengths = [33, 5, 50, 17];
        int[][] sequences = [.. lengths.Select((length, i) => ExecutorSteps.Sequence(i, length, model.VocabularySize))];
        int[][] tables = [[9, 3, 30], [22], [1, 2, 0, 8], [15, 14]];
        executor.Step([.. sequences.Select((tokens, i) => new Cut(tokens, 0, tokens.Length - 1 - (i == 2 ? 7 : 0), tables[i], Samples: false))]);

        float[][] logits = executor.Step(
            [.. sequences.Select((tokens, i) => new Cut(tokens, tokens.Length - 1 - (i == 2 ? 7 : 0), i == 2 ? 8 : 1, tables[i], Samples: i != 1))]);

        int[] sampling = [0, 2, 3];
        for (int i = 0; i < sampling.Length; i++)
            Assert.InRange(ExecutorSteps.Distance(reference.Logits(sequences[sampling[i]])[^1], logits[i]), 0, 5e-6);
    }

    [Fact]
    public void Blocks_are_laid_out_as_those_of_the_cpu_executor()
    {
        ModelConfig model = TestModels.All["qwen 2"];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        using CpuModelExecutor cpu = new(new ExecutorOptions { BlockCount = 4 }, model, weights);
        using TorchModelExecutor torch = new(new ExecutorOptions { BlockCount = 4 }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, 40, model.VocabularySize);
        cpu.Step(new Cut(tokens, 0, 39, cpu.Blocks(40), Samples: false));

        byte[] block = new byte[cpu.Kv.BytesPerBlock], copy = new byte[cpu.Kv.BytesPerBlock];
        for (int i = 0; i < 3; i++)
        {
            cpu.ReadBlock(new(i), block);
            torch.WriteBlock(new(i), block);
            torch.ReadBlock(new(i), copy);
            Assert.Equal(block, copy);
        }

        float[] expected = cpu.Step(new Cut(tokens, 39, 1, cpu.Blocks(40)))[0];
        float[] actual = torch.Step(new Cut(tokens, 39, 1, torch.Blocks(40)))[0];
        Assert.InRange(ExecutorSteps.Distance(Array.ConvertAll(expected, v => (double)v), actual), 0, 5e-6);
    }

    [Fact]
    public void What_stands_in_memory_not_yet_written_does_not_matter()
    {
        ModelConfig model = TestModels.All["llama 2"];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        using TorchModelExecutor executor = new(new ExecutorOptions { BlockCount = 2 }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, 20, model.VocabularySize);
        float[] expected = executor.Step(new Cut(tokens, 0, 20, executor.Blocks(20)))[0];
        byte[] block = new byte[executor.Kv.BytesPerBlock];
        Array.Fill(block, (byte)0xFF);
        executor.WriteBlock(new(0), block);
        executor.WriteBlock(new(1), block);

        ExecutorSteps.SameBits(expected, executor.Step(new Cut(tokens, 0, 20, executor.Blocks(20)))[0]);
    }

    [Fact]
    public void Asking_for_cuda_where_there_is_none_names_the_build_flag()
    {
        if (TorchSharp.torch.cuda.is_available()) return;

        ModelConfig model = TestModels.All["llama 2"];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        foreach (string device in new[] { "cuda", "cuda:1" })
        {
            string message = Assert.Throws<ArgumentException>(() => Executors.Create(new ExecutorOptions { Device = device }, model, weights)).Message;
            Assert.StartsWith($"Device {device} was asked for, but no CUDA device is there", message, StringComparison.Ordinal);
            Assert.Contains("-p:TorchBackend=cuda", message, StringComparison.Ordinal);
        }

        using IModelExecutor automatic = Executors.Create(new ExecutorOptions { Device = "auto", BlockCount = 1 }, model, weights);
        Assert.IsType<CpuModelExecutor>(automatic);
    }
}
