using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Memory;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

public sealed class SharedWeightsTests
{
    private static readonly ModelConfig Model = TestModels.All["llama 2"];

    private sealed class Loaded : IDisposable
    {
        public bool Freed { get; private set; }

        public void Dispose() => Freed = true;
    }

    [Fact]
    public void Holders_of_one_model_share_one_copy_that_the_last_one_frees()
    {
        using RandomWeights source = new(Model, 1, WeightType.F32);
        int loads = 0;
        Share<Loaded> Take(string form) => SharedWeights.Acquire(source, Model, form, () =>
        {
            loads++;
            return new Loaded();
        });

        Share<Loaded> first = Take("a"), second = Take("a"), other = Take("b");

        Assert.Same(first.Weights, second.Weights);
        Assert.NotSame(first.Weights, other.Weights);
        Assert.Equal(2, loads);
        first.Dispose();
        first.Dispose();
        Assert.False(second.Weights.Freed);
        second.Dispose();
        Assert.True(second.Weights.Freed);
        Assert.False(other.Weights.Freed);
        other.Dispose();
        using Share<Loaded> again = Take("a");
        Assert.NotSame(first.Weights, again.Weights);
    }

    [Fact]
    public void A_failed_load_leaves_nothing_behind()
    {
        using RandomWeights source = new(Model, 1, WeightType.F32);
        Assert.Throws<ModelLoadException>(() => SharedWeights.Acquire<Loaded>(source, Model, "c", () => throw new ModelLoadException("no")));

        using Share<Loaded> later = SharedWeights.Acquire(source, Model, "c", () => new Loaded());
        Assert.False(later.Weights.Freed);
    }

    [Fact]
    public void An_instance_outlives_the_source_and_the_other_instances()
    {
        int[] tokens = ExecutorSteps.Sequence(1, 5, Model.VocabularySize);
        RandomWeights source = new(Model, 1, WeightType.F32);
        CpuModelExecutor first = new(new ExecutorOptions { BlockCount = 1 }, Model, source);
        using CpuModelExecutor second = new(new ExecutorOptions { BlockCount = 1 }, Model, source);
        float[] expected = first.Step(new Cut(tokens, 0, 5, [0]))[0];
        source.Dispose();
        first.Dispose();

        ExecutorSteps.SameBits(expected, second.Step(new Cut(tokens, 0, 5, [0]))[0]);
    }
}
