using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Execution;

/// <summary>How one model instance is executed.</summary>
public sealed record ExecutorOptions
{
    /// <summary><c>cpu</c>, <c>cuda</c>, <c>cuda:N</c>, or <c>auto</c>: cuda where there is one, else cpu.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Format of the weights in memory. Null takes the checkpoint's, except that on <c>cpu</c> F16 is widened to F32, because BF16 would
    /// round it; choose BF16 there to halve the memory. F16 is computed on CUDA devices only.
    /// </summary>
    public WeightType? WeightType { get; init; }

    /// <summary>Format of the KV memory; null takes that of the weights.</summary>
    public WeightType? KvType { get; init; }

    /// <summary>Blocks of KV memory; null takes as many as <see cref="KvMemoryBytes"/> holds.</summary>
    public int? BlockCount { get; init; }

    /// <summary>Bytes of KV memory, rounded down to whole blocks; read where <see cref="BlockCount"/> is null.</summary>
    public long KvMemoryBytes { get; init; } = 256L << 20;

    /// <summary>Tokens in a block.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>Threads that compute on <c>cpu</c>, the caller's included. No result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The most tokens in a step.</summary>
    public int MaxTokensPerStep { get; init; } = 512;

    /// <summary>The most requests that sample in a step.</summary>
    public int MaxSamplesPerStep { get; init; } = 64;

    /// <summary>The KV memory that a model gets with these options.</summary>
    /// <param name="model">The model's shape.</param>
    /// <param name="weights">Format of the weights, which KV memory has too unless <see cref="KvType"/> is set.</param>
    /// <exception cref="ArgumentException">The memory does not hold one block, or a number is out of range.</exception>
    public KvLayout LayOut(ModelConfig model, WeightType weights)
    {
        ArgumentNullException.ThrowIfNull(model);
        AtLeastOne(BlockSize, "block-size");
        AtLeastOne(Threads, "threads");
        AtLeastOne(MaxTokensPerStep, "max-tokens-per-step");
        AtLeastOne(MaxSamplesPerStep, "max-samples-per-step");
        KvLayout layout = new(0, model.Layers, BlockSize, model.KvHeads, model.HeadDim, KvType ?? weights);
        if (BlockCount is { } count)
        {
            AtLeastOne(count, "block-count");
            return layout with { Blocks = count };
        }

        long blocks = KvMemoryBytes / layout.BytesPerBlock;
        if (blocks < 1)
        {
            throw new ArgumentException(
                $"{KvMemoryBytes} bytes of KV memory hold no block; one block of {BlockSize} tokens takes {layout.BytesPerBlock} bytes.");
        }

        return layout with { Blocks = (int)Math.Min(blocks, int.MaxValue) };
    }

    private static void AtLeastOne(int value, string name)
    {
        if (value < 1) throw new ArgumentException($"{name} is {value}; it must be at least 1.");
    }
}
