using System.Text.Json.Nodes;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Host.Benchmarks;

/// <summary>
/// A Llama of random weights as a folder that this program serves, in the temporary directory until disposed of: for benchmarks, whose
/// text nobody reads. Its tokenizer knows the 256 bytes, and pairs of letters up to the vocabulary's size.
/// </summary>
internal sealed class RandomModelFolder : IDisposable
{
    private readonly string _root;

    /// <param name="model">The shape, of the Llama family.</param>
    /// <param name="type">Number format of the weights.</param>
    /// <param name="seed">Draws the weights.</param>
    public RandomModelFolder(ModelConfig model, WeightType type, ulong seed)
    {
        Model = model;
        _root = Directory.CreateTempSubdirectory("llumnix-bench-").FullName;
        Path = System.IO.Path.Combine(_root, "random");
        Directory.CreateDirectory(Path);
        Write("config.json", ConfigJson(model));
        Write("tokenizer.json", TokenizerJson(model.VocabularySize));
        using var random = new RandomWeights(model, seed, type);
        var file = new SafetensorsWriter();
        foreach (string name in random.Names)
        {
            random.TryGet(name, out WeightTensor tensor);
            float[] values = new float[tensor.ElementCount];
            tensor.CopyTo(0, values);
            file.Add(name, type, [.. tensor.Shape], values);
        }

        file.Save(System.IO.Path.Combine(Path, "model.safetensors"));
    }

    public ModelConfig Model { get; }

    public string Path { get; }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string file, JsonObject content) => File.WriteAllText(System.IO.Path.Combine(Path, file), content.ToJsonString());

    private static JsonObject ConfigJson(ModelConfig model) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["vocab_size"] = model.VocabularySize,
        ["hidden_size"] = model.HiddenSize,
        ["intermediate_size"] = model.IntermediateSize,
        ["num_hidden_layers"] = model.Layers,
        ["num_attention_heads"] = model.Heads,
        ["num_key_value_heads"] = model.KvHeads,
        ["head_dim"] = model.HeadDim,
        ["max_position_embeddings"] = model.MaxPositions,
        ["rms_norm_eps"] = model.RmsNormEpsilon,
        ["rope_theta"] = model.RopeTheta,
        ["tie_word_embeddings"] = model.TiedEmbeddings,
        ["hidden_act"] = "silu",
    };

    private static JsonObject TokenizerJson(int size)
    {
        // Bytes in GPT-2's spelling: printable ones stand for themselves, the others for U+0100 and on.
        var vocabulary = new JsonObject();
        int substitute = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
            vocabulary[((char)(printable ? value : substitute++)).ToString()] = value;
        }

        var merges = new JsonArray();
        for (int i = 0; vocabulary.Count < size; i++)
        {
            char left = (char)('a' + (i / 26)), right = (char)('a' + (i % 26));
            vocabulary[$"{left}{right}"] = vocabulary.Count;
            merges.Add($"{left} {right}");
        }

        return new JsonObject
        {
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = merges },
        };
    }
}
