using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

public sealed class CpuReferenceTests
{
    private const int Length = 41;

    public static TheoryData<string> Models => TestModels.Names;

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_are_those_of_the_definition_at_every_position(string name)
    {
        ModelConfig model = TestModels.All[name];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = 4 }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, Length, model.VocabularySize);

        double[][] expected = new ReferenceModel(model, weights).Logits(tokens);
        float[][] actual = executor.OneByOne(tokens, executor.Blocks(Length));

        for (int position = 0; position < Length; position++) Assert.InRange(ExecutorSteps.Distance(expected[position], actual[position]), 0, 5e-6);
    }

    [Theory]
    [InlineData(WeightType.BF16, WeightType.F32, 5e-6)]
    [InlineData(WeightType.F32, WeightType.F16, 2e-3)]
    [InlineData(WeightType.BF16, WeightType.BF16, 2e-2)]
    public void Narrow_formats_lose_what_their_rounding_loses_and_no_more(WeightType type, WeightType kv, double tolerance)
    {
        foreach (ModelConfig model in TestModels.All.Values)
        {
            using RandomWeights weights = new(model, 7, type);
            using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = 4, KvType = kv }, model, weights);
            int[] tokens = ExecutorSteps.Sequence(1, Length, model.VocabularySize);

            double[] expected = new ReferenceModel(model, weights).Logits(tokens)[^1];
            float[] actual = executor.Step(new Cut(tokens, 0, Length, executor.Blocks(Length)))[0];

            Assert.InRange(ExecutorSteps.Distance(expected, actual), 0, tolerance);
        }
    }

    [Fact]
    public void A_half_precision_checkpoint_is_widened_without_loss()
    {
        ModelConfig model = TestModels.All["llama 2"];
        using RandomWeights weights = new(model, 7, WeightType.F16);
        using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = 4 }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, Length, model.VocabularySize);

        double[] expected = new ReferenceModel(model, weights).Logits(tokens)[^1];
        float[] actual = executor.Step(new Cut(tokens, 0, Length, executor.Blocks(Length)))[0];

        Assert.InRange(ExecutorSteps.Distance(expected, actual), 0, 5e-6);
        Assert.StartsWith("cpu-f32-", executor.KernelClass, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_contexts_stay_true_to_the_definition_across_spans()
    {
        ModelConfig model = TestModels.All["heads of 64"];
        using RandomWeights weights = new(model, 7, WeightType.F32);
        using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = 80, MaxTokensPerStep = 1200 }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, 1200, model.VocabularySize);

        double[] expected = new ReferenceModel(model, weights).Logits(tokens)[^1];
        float[] actual = executor.Step(new Cut(tokens, 0, 1200, executor.Blocks(1200)))[0];

        Assert.InRange(ExecutorSteps.Distance(expected, actual), 0, 1e-5);
    }
}
