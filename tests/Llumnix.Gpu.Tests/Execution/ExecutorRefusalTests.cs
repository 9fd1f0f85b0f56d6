using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

public sealed class ExecutorRefusalTests
{
    private static readonly ModelConfig Model = TestModels.All["llama 2"];

    private static string Refusal<TException>(Action act)
        where TException : Exception => Assert.Throws<TException>(act).Message;

    private static void LoadRefused(string tensor, long[]? shape, string sentence, ModelConfig? model = null)
    {
        using AlteredWeights weights = new(new RandomWeights(model ?? Model, 1, WeightType.F32), tensor, shape);
        Assert.Equal(sentence, Refusal<ModelLoadException>(() => Executors.Create(new ExecutorOptions { BlockCount = 1 }, model ?? Model, weights).Dispose()));
    }

    private static void OptionsRefused(ExecutorOptions options, string part)
    {
        using RandomWeights weights = new(Model, 1, WeightType.F32);
        Assert.Contains(part, Refusal<ArgumentException>(() => Executors.Create(options, Model, weights).Dispose()), StringComparison.Ordinal);
    }

    private static void StepRefused(Cut cut, string part)
    {
        using RandomWeights weights = new(Model, 1, WeightType.F32);
        using IModelExecutor executor = Executors.Create(
            new ExecutorOptions { BlockCount = 200, MaxTokensPerStep = 20, MaxSamplesPerStep = 1 }, Model, weights);
        Assert.Contains(part, Refusal<ArgumentException>(() => executor.Step(cut)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tensor_is_named_with_the_shape_it_should_have() =>
        LoadRefused(
            "model.layers.1.mlp.down_proj.weight", null,
            "Tensor model.layers.1.mlp.down_proj.weight is missing; the model's configuration asks for it with shape [48, 72].");

    [Fact]
    public void A_tensor_of_the_wrong_shape_is_named_with_both_shapes() =>
        LoadRefused(
            "model.layers.0.self_attn.k_proj.weight", [24, 48],
            "Tensor model.layers.0.self_attn.k_proj.weight has shape [24, 48], but the model's configuration asks for [48, 48].");

    [Fact]
    public void A_missing_head_is_an_error_only_where_it_is_not_tied()
    {
        LoadRefused("lm_head.weight", null, "Tensor lm_head.weight is missing; the model's configuration asks for it with shape [77, 48].");
        using RandomWeights tied = new(Model with { TiedEmbeddings = true }, 1, WeightType.F32);
        Executors.Create(new ExecutorOptions { BlockCount = 1 }, Model with { TiedEmbeddings = true }, tied).Dispose();
    }

    [Fact]
    public void Key_heads_that_do_not_divide_the_query_heads_are_refused()
    {
        ModelConfig odd = Model with { KvHeads = 3 };
        LoadRefused("none", null, "The model has 4 query heads and 3 key heads; the second must divide the first.", odd);
    }

    [Fact]
    public void Memory_for_no_block_is_refused() =>
        OptionsRefused(new ExecutorOptions { KvMemoryBytes = 1000 }, "1000 bytes of KV memory hold no block; one block of 16 tokens takes 12288 bytes.");

    [Fact]
    public void Memory_is_rounded_down_to_whole_blocks()
    {
        using RandomWeights weights = new(Model, 1, WeightType.F32);
        using IModelExecutor executor = Executors.Create(new ExecutorOptions { KvMemoryBytes = (12288 * 3) + 5 }, Model, weights);
        Assert.Equal(3, executor.Kv.Blocks);
    }

    [Fact]
    public void Numbers_below_one_are_refused()
    {
        OptionsRefused(new ExecutorOptions { BlockCount = 0 }, "block-count is 0; it must be at least 1.");
        OptionsRefused(new ExecutorOptions { Threads = 0 }, "threads is 0");
        OptionsRefused(new ExecutorOptions { BlockSize = -1 }, "block-size is -1");
        OptionsRefused(new ExecutorOptions { MaxTokensPerStep = 0 }, "max-tokens-per-step is 0");
        OptionsRefused(new ExecutorOptions { MaxSamplesPerStep = 0 }, "max-samples-per-step is 0");
    }

    [Fact]
    public void An_unknown_device_is_refused() =>
        OptionsRefused(new ExecutorOptions { Device = "gpu" }, "Device gpu is not known; it is cpu, cuda, cuda:N or auto.");

    [Fact]
    public void Half_precision_weights_on_cpu_are_refused_with_the_choices() =>
        OptionsRefused(new ExecutorOptions { WeightType = WeightType.F16 }, "choose f32, which holds them exactly, or bf16");

    [Fact]
    public void A_step_is_checked_before_memory_is_touched()
    {
        int[] tokens = ExecutorSteps.Sequence(1, 100, Model.VocabularySize);
        StepRefused(new Cut([5, 77], 0, 2, [0]), "no token 77; the model's tokens are 0 to 76");
        StepRefused(new Cut([-1], 0, 1, [0]), "no token -1");
        StepRefused(new Cut(tokens, 0, 21, [0, 1]), "computes 21 tokens; the executor was made for at most 20");
        StepRefused(new Cut(tokens, 16, 1, [0]), "has 1 blocks; 17 tokens need 2");
        StepRefused(new Cut(tokens, 0, 1, [200]), "names block 200; the blocks are 0 to 199");
        StepRefused(new Cut(new int[2049], 2048, 1, [.. Enumerable.Range(0, 129)]), "reaches 2049 tokens; the model's context has 2048");
    }
}
