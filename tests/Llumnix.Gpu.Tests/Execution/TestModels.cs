using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

/// <summary>Small shapes, one for each thing a family does in its own way. Few sizes are multiples of a vector or a panel on purpose.</summary>
internal static class TestModels
{
    private static readonly ModelConfig Base = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = 77,
        HiddenSize = 48,
        IntermediateSize = 72,
        Layers = 2,
        Heads = 4,
        KvHeads = 4,
        HeadDim = 12,
        MaxPositions = 2048,
    };

    public static IReadOnlyDictionary<string, ModelConfig> All { get; } = new Dictionary<string, ModelConfig>
    {
        ["llama 2"] = Base with { RmsNormEpsilon = 1e-5 },
        ["llama 3, grouped heads, scaled rotation"] = Base with
        {
            KvHeads = 2,
            HiddenSize = 64,
            HeadDim = 16,
            RopeTheta = 500000,
            RopeScaling = new RopeScaling.Llama3(8, 1, 4, 64),
        },
        ["llama 3, small context before scaling"] = Base with { RopeTheta = 100, RopeScaling = new RopeScaling.Llama3(32, 1, 4, 24) },
        ["linear scaling, tied head"] = Base with { RopeScaling = new RopeScaling.Linear(4), TiedEmbeddings = true },
        ["llama with every bias"] = Base with { QkvBias = true, OutputBias = true, MlpBias = true, IntermediateSize = 50 },
        ["mistral"] = Base with { Family = ModelFamily.Mistral, Heads = 8, KvHeads = 2, HeadDim = 6, RopeTheta = 1e6 },
        ["qwen 2"] = Base with { Family = ModelFamily.Qwen2, KvHeads = 1, QkvBias = true, TiedEmbeddings = true, RopeTheta = 1e6 },
        ["qwen 3, heads wider than hidden"] = Base with
        {
            Family = ModelFamily.Qwen3,
            KvHeads = 2,
            HeadDim = 32,
            QkNorm = true,
            TiedEmbeddings = true,
            RopeTheta = 1e6,
        },
        ["qwen 3, odd widths"] = Base with { Family = ModelFamily.Qwen3, HiddenSize = 33, Heads = 3, KvHeads = 3, HeadDim = 10, QkNorm = true },
        ["one head of 128"] = Base with { Heads = 1, KvHeads = 1, HeadDim = 128, Layers = 1 },
        ["heads of 64"] = Base with { Heads = 2, KvHeads = 1, HeadDim = 64, HiddenSize = 128, Layers = 1 },
    };

    public static TheoryData<string> Names { get; } = [.. All.Keys];
}
