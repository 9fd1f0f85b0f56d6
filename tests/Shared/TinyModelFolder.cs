using System.Text.Json.Nodes;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Testing;

/// <summary>
/// A complete model folder of a chosen family in the temporary directory: small random weights, a byte-level tokenizer of 256 bytes and a
/// few merges, a ChatML template. It is deleted when disposed.
/// </summary>
public sealed class TinyModelFolder : IDisposable
{
    /// <summary>How the tokenizer writes the end of a text.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>How ChatML opens and closes a turn.</summary>
    public const string TurnStart = "<|im_start|>";

    public const string TurnEnd = "<|im_end|>";

    private const string ChatML =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private static readonly (string Left, string Right)[] Merges =
        [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "n"), ("a", "n"), ("an", "d"), ("Ġ", "and"), ("Ġ", "a"), ("e", "r")];

    private readonly Random _random;

    /// <summary>Writes the folder.</summary>
    /// <param name="config">
    /// The model's shape; its vocabulary must hold the tokenizer's <see cref="TokenizerSize"/> ids. <see cref="Config"/> makes one.
    /// </param>
    /// <param name="seed">Draws the weights.</param>
    /// <param name="type">How the weights are stored.</param>
    /// <param name="shards">In how many files.</param>
    /// <param name="name">The folder's name, which is the model's.</param>
    public TinyModelFolder(ModelConfig? config = null, int seed = 1, WeightType type = WeightType.F32, int shards = 1, string name = "tiny")
    {
        Model = config ?? Config(ModelFamily.Llama);
        _random = new Random(seed);
        Root = Directory.CreateTempSubdirectory("llumnix-").FullName;
        Path = System.IO.Path.Combine(Root, name);
        Directory.CreateDirectory(Path);
        Write("config.json", ConfigJson(Model));
        Write("tokenizer.json", TokenizerJson());
        Write("tokenizer_config.json", new JsonObject { ["bos_token"] = null, ["eos_token"] = EndOfText, ["chat_template"] = ChatML });
        Write("generation_config.json", new JsonObject { ["eos_token_id"] = new JsonArray(TokenizerSize - 3, TokenizerSize - 1) });
        WriteWeights(type, shards);
    }

    /// <summary>How many ids the tokenizer has: bytes, merges and three special tokens.</summary>
    public static int TokenizerSize => 256 + Merges.Length + 3;

    public ModelConfig Model { get; }

    public string Path { get; }

    private string Root { get; }

    /// <summary>A small shape with grouped-query heads and what the family brings along.</summary>
    public static ModelConfig Config(ModelFamily family) => new()
    {
        Family = family,
        VocabularySize = TokenizerSize + 4,
        HiddenSize = 32,
        IntermediateSize = 64,
        Layers = 2,
        Heads = 4,
        KvHeads = 2,
        HeadDim = family == ModelFamily.Qwen3 ? 16 : 8,
        MaxPositions = 256,
        RmsNormEpsilon = 1e-5,
        TiedEmbeddings = family == ModelFamily.Qwen2,
        QkvBias = family == ModelFamily.Qwen2,
        QkNorm = family == ModelFamily.Qwen3,
    };

    /// <summary>Every tensor of a model, by its Hugging Face name, with its shape.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Tensors(ModelConfig model)
    {
        yield return ("model.embed_tokens.weight", [model.VocabularySize, model.HiddenSize]);
        for (int layer = 0; layer < model.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            yield return (prefix + "input_layernorm.weight", [model.HiddenSize]);
            foreach (var (projection, rows, columns, bias) in new[]
            {
                ("self_attn.q_proj", model.QueryWidth, model.HiddenSize, model.QkvBias),
                ("self_attn.k_proj", model.KvWidth, model.HiddenSize, model.QkvBias),
                ("self_attn.v_proj", model.KvWidth, model.HiddenSize, model.QkvBias),
                ("self_attn.o_proj", model.HiddenSize, model.QueryWidth, model.OutputBias),
                ("mlp.gate_proj", model.IntermediateSize, model.HiddenSize, model.MlpBias),
                ("mlp.up_proj", model.IntermediateSize, model.HiddenSize, model.MlpBias),
                ("mlp.down_proj", model.HiddenSize, model.IntermediateSize, model.MlpBias),
            })
            {
                yield return ($"{prefix}{projection}.weight", [rows, columns]);
                if (bias) yield return ($"{prefix}{projection}.bias", [rows]);
            }

            if (model.QkNorm)
            {
                yield return (prefix + "self_attn.q_norm.weight", [model.HeadDim]);
                yield return (prefix + "self_attn.k_norm.weight", [model.HeadDim]);
            }

            yield return (prefix + "post_attention_layernorm.weight", [model.HiddenSize]);
        }

        yield return ("model.norm.weight", [model.HiddenSize]);
        if (!model.TiedEmbeddings) yield return ("lm_head.weight", [model.VocabularySize, model.HiddenSize]);
    }

    /// <summary>Where a file of the folder lies.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes or replaces a file of the folder.</summary>
    public void Write(string name, JsonNode content) => System.IO.File.WriteAllText(File(name), content.ToJsonString());

    /// <summary>Reads a JSON file of the folder, changes it and writes it back.</summary>
    public void Edit(string name, Action<JsonObject> change)
    {
        var content = JsonNode.Parse(System.IO.File.ReadAllText(File(name)))!.AsObject();
        change(content);
        Write(name, content);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static JsonObject ConfigJson(ModelConfig model)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray($"{model.Family}ForCausalLM"),
            ["model_type"] = model.Family.ToString().ToLowerInvariant(),
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
            ["rope_scaling"] = model.RopeScaling switch
            {
                RopeScaling.Linear linear => new JsonObject { ["rope_type"] = "linear", ["factor"] = linear.Factor },
                RopeScaling.Llama3 llama3 => new JsonObject
                {
                    ["rope_type"] = "llama3",
                    ["factor"] = llama3.Factor,
                    ["low_freq_factor"] = llama3.LowFrequencyFactor,
                    ["high_freq_factor"] = llama3.HighFrequencyFactor,
                    ["original_max_position_embeddings"] = llama3.OriginalMaxPositions,
                },
                _ => null,
            },
            ["tie_word_embeddings"] = model.TiedEmbeddings,
            ["hidden_act"] = "silu",
            ["sliding_window"] = null,
        };
        if (model.Family is ModelFamily.Llama or ModelFamily.Qwen3) json["attention_bias"] = model.OutputBias;
        if (model.Family == ModelFamily.Llama) json["mlp_bias"] = model.MlpBias;
        return json;
    }

    private static JsonObject TokenizerJson()
    {
        // GPT-2's spelling of bytes: printable ones stand for themselves, the others for U+0100 and on.
        var vocabulary = new JsonObject();
        int substitute = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
            vocabulary[((char)(printable ? value : substitute++)).ToString()] = value;
        }

        var merges = new JsonArray();
        foreach (var (left, right) in Merges)
        {
            vocabulary[left + right] = vocabulary.Count;
            merges.Add($"{left} {right}");
        }

        var added = new JsonArray();
        int first = vocabulary.Count;
        foreach (string content in (string[])[EndOfText, TurnStart, TurnEnd])
            added.Add(new JsonObject { ["id"] = first + added.Count, ["content"] = content, ["special"] = true, ["normalized"] = false });

        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = added,
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["post_processor"] = new JsonObject { ["type"] = "ByteLevel" },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = merges },
        };
    }

    private void WriteWeights(WeightType type, int shards)
    {
        var tensors = Tensors(Model).ToArray();
        if (shards == 1)
        {
            WriteShard("model.safetensors", type, tensors);
            return;
        }

        var map = new JsonObject();
        int number = 0;
        foreach (var shard in tensors.Chunk((tensors.Length + shards - 1) / shards))
        {
            string file = $"model-{++number:D5}-of-{shards:D5}.safetensors";
            WriteShard(file, type, shard);
            foreach (var (name, _) in shard) map[name] = file;
        }

        Write("model.safetensors.index.json", new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map });
    }

    private void WriteShard(string file, WeightType type, IEnumerable<(string Name, long[] Shape)> tensors)
    {
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in tensors)
        {
            // Near 1 where a norm scales, small elsewhere, so that logits stay in a range where differences show.
            bool norm = name.EndsWith("norm.weight", StringComparison.Ordinal);
            var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
            for (int i = 0; i < values.Length; i++) values[i] = (norm ? 1 : 0) + ((_random.NextSingle() - 0.5f) * 0.4f);
            writer.Add(name, type, shape, values);
        }

        writer.Save(File(file));
    }
}
