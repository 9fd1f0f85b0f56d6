using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Benchmarks;

/// <summary>A model to measure: a folder, or random weights in a usual shape.</summary>
internal sealed class BenchmarkModel : IDisposable
{
    private BenchmarkModel(string name, ModelConfig config, WeightType type, IWeightSource weights)
    {
        Name = name;
        Config = config;
        Type = type;
        Weights = weights;
    }

    /// <summary>For requests whose text nobody reads.</summary>
    public static ITokenizer NoTokenizer { get; } = new SilentTokenizer();

    public string Name { get; }

    public ModelConfig Config { get; }

    public WeightType Type { get; }

    public IWeightSource Weights { get; }

    public int BytesPerWeight => Type == WeightType.F32 ? 4 : 2;

    /// <summary>Opens a preset (15m, 110m) or a model folder; random weights are made at once, so that they are no instance's memory.</summary>
    public static BenchmarkModel Open(string name, WeightType type)
    {
        ModelConfig? preset = name switch
        {
            "15m" => Llama(vocabulary: 32000, hidden: 288, layers: 6, heads: 6, inner: 768),
            "110m" => Llama(vocabulary: 32000, hidden: 768, layers: 12, heads: 12, inner: 2048),
            _ => null,
        };
        if (preset is not null) return Random(name, preset, type);

        try
        {
            ModelFolder folder = ModelFolder.Load(name);
            return new BenchmarkModel(folder.Name, folder.Config, type, SafetensorsModel.Open(name));
        }
        catch (ModelLoadException wrong)
        {
            throw new BenchmarkArgumentException($"--models knows 15m, 110m and model folders: {wrong.Message}", wrong);
        }
    }

    /// <summary>A model of no interest, over in a moment.</summary>
    public static BenchmarkModel Tiny() => Random("tiny", Llama(vocabulary: 500, hidden: 64, layers: 1, heads: 2, inner: 128), WeightType.F32);

    public void Dispose() => Weights.Dispose();

    private static BenchmarkModel Random(string name, ModelConfig config, WeightType type)
    {
        var random = new RandomWeights(config, seed: 1, type);
        foreach (string tensor in random.Names) random.TryGet(tensor, out _);
        return new BenchmarkModel(name, config, type, random);
    }

    private static ModelConfig Llama(int vocabulary, int hidden, int layers, int heads, int inner) => new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = vocabulary,
        HiddenSize = hidden,
        IntermediateSize = inner,
        Layers = layers,
        Heads = heads,
        KvHeads = heads,
        HeadDim = hidden / heads,
        MaxPositions = 2048,
        TiedEmbeddings = true,
    };

    private sealed class SilentTokenizer : ITokenizer
    {
        public int VocabularySize => 0;

        public int[] Encode(string text, bool addSpecialTokens) => [];

        public string Decode(ReadOnlySpan<int> tokens, bool skipSpecialTokens = true) => "";

        public ReadOnlyMemory<byte> TokenBytes(int token) => default;

        public ITokenStreamDecoder CreateStreamDecoder(bool skipSpecialTokens = true, bool continuesText = false) =>
            throw new NotSupportedException("No benchmark request has stop strings.");
    }
}
