using System.Text.Json.Nodes;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Benchmarks;

/// <summary>
/// A model as a folder that the program can serve: one that is there, or a benchmark's random Llama written to the temporary directory
/// with a byte-level tokenizer of as many tokens, most of them four letters, so that text costs what it usually does.
/// </summary>
internal sealed class BenchmarkFolder : IDisposable
{
    private const int Letters = 26;

    private readonly bool _temporary;

    private BenchmarkFolder(string path, bool temporary)
    {
        Path = path;
        _temporary = temporary;
    }

    public string Path { get; }

    /// <summary>A folder as it is, or one written for the model.</summary>
    /// <param name="name">A preset's name or a folder's path.</param>
    /// <param name="model">The model by that name.</param>
    public static BenchmarkFolder Of(string name, BenchmarkModel model)
    {
        if (Directory.Exists(name)) return new BenchmarkFolder(System.IO.Path.GetFullPath(name), temporary: false);

        string path = System.IO.Path.Combine(Directory.CreateTempSubdirectory("llumnix-bench-").FullName, model.Name);
        Directory.CreateDirectory(path);
        var folder = new BenchmarkFolder(path, temporary: true);
        Write(path, "config.json", ConfigJson(model.Config));
        Write(path, "tokenizer.json", TokenizerJson(model.Config.VocabularySize));
        var weights = new SafetensorsWriter();
        foreach (string tensor in model.Weights.Names)
        {
            model.Weights.TryGet(tensor, out WeightTensor found);
            var values = new float[found.ElementCount];
            found.CopyTo(0, values);
            weights.Add(tensor, model.Type, [.. found.Shape], values);
        }

        weights.Save(System.IO.Path.Combine(path, "model.safetensors"));
        return folder;
    }

    public void Dispose()
    {
        if (_temporary) Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
    }

    private static void Write(string path, string file, JsonObject content) =>
        File.WriteAllText(System.IO.Path.Combine(path, file), content.ToJsonString());

    private static JsonObject ConfigJson(ModelConfig model) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["vocab_size"] = model.VocabularySize,
        ["hidden_size"] = model.HiddenSize,
        ["intermediate_size"] = model.IntermediateSize,
        ["num_hidden_layers"] = model.Layers,
        ["num_attention_heads"] = model.Heads,
        ["num_key_value_heads"] = model.KvHeads,
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
        string[] pairs = [.. Enumerable.Range(0, Letters * Letters).Select(i => $"{(char)('a' + (i / Letters))}{(char)('a' + (i % Letters))}")];
        foreach (string pair in pairs) Merge(pair[..1], pair[1..]);
        for (int i = 0; vocabulary.Count < size; i++) Merge(pairs[i / pairs.Length], pairs[i % pairs.Length]);

        return new JsonObject
        {
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = merges },
        };

        void Merge(string left, string right)
        {
            vocabulary[left + right] = vocabulary.Count;
            merges.Add($"{left} {right}");
        }
    }
}
