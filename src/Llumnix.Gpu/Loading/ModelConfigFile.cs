using System.Globalization;
using System.Text.Json;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Loading;

/// <summary>
/// Reads <c>config.json</c> of the families that can be served. Keys that a file leaves out have the meaning they have in the
/// transformers library's configuration classes.
/// </summary>
/// <param name="Model">The model's shape.</param>
/// <param name="StoredType">The number format the file says the weights have (<c>dtype</c> or <c>torch_dtype</c>), if it does.</param>
/// <param name="EndTokenIds">Its <c>eos_token_id</c>, one or several or none.</param>
/// <param name="Notes">Sentences for the log about what is served differently from what the file says.</param>
internal sealed record ModelConfigFile(ModelConfig Model, WeightType? StoredType, int[] EndTokenIds, IReadOnlyList<string> Notes)
{
    public const string FileName = "config.json";

    private const string Architectures = "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM and Qwen3ForCausalLM";

    // What MistralConfig takes where the key is absent; null in the file means that there is no window.
    private const int MistralDefaultWindow = 4096;

    // What Qwen3Config takes; the other families divide the hidden size by the heads.
    private const int Qwen3DefaultHeadDim = 128;

    // What Qwen2Config and Qwen3Config take; only asked where use_sliding_window is true.
    private const int QwenDefaultFullLayers = 28;
    private const int QwenDefaultWindow = 4096;

    public static ModelConfigFile Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new ModelLoadException($"{folder} is no model folder: it has no {FileName}.");

        var file = JsonSection.Load(path);
        var family = ReadFamily(file);
        RefuseWhatChangesTheArithmetic(file);

        int hidden = file.Int("hidden_size", least: 1);
        int heads = file.Int("num_attention_heads", least: 1);
        int kvHeads = file.OptionalInt("num_key_value_heads", least: 1) ?? heads;
        if (heads % kvHeads != 0)
        {
            throw file.Refuse(Sentence(
                $"\"num_attention_heads\" is {heads}, which is no multiple of \"num_key_value_heads\", {kvHeads}."));
        }

        var notes = new List<string>();
        int layers = file.Int("num_hidden_layers", least: 1);
        int positions = file.Int("max_position_embeddings", least: 1);
        if (WindowInForce(file, family, layers) is { } window && window < positions)
        {
            notes.Add(Sentence(
                $"The model attends over a sliding window of {window} tokens, which is not supported: its context is limited to {window} tokens instead of {positions}."));
            positions = window;
        }

        bool attentionBias = family is ModelFamily.Llama or ModelFamily.Qwen3 && file.OptionalBool("attention_bias") == true;
        var (theta, scaling) = ReadRope(file);
        var model = new ModelConfig
        {
            Family = family,
            VocabularySize = file.Int("vocab_size", least: 1),
            HiddenSize = hidden,
            IntermediateSize = file.Int("intermediate_size", least: 1),
            Layers = layers,
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = ReadHeadDim(file, family, hidden, heads),
            MaxPositions = positions,
            RmsNormEpsilon = file.OptionalPositive("rms_norm_eps") ?? 1e-6,
            RopeTheta = theta,
            RopeScaling = scaling,
            TiedEmbeddings = file.OptionalBool("tie_word_embeddings") ?? false,
            QkvBias = family == ModelFamily.Qwen2 || attentionBias,
            OutputBias = attentionBias,
            MlpBias = family == ModelFamily.Llama && file.OptionalBool("mlp_bias") == true,
            QkNorm = family == ModelFamily.Qwen3,
        };
        return new ModelConfigFile(model, ReadStoredType(file), file.IntOrInts("eos_token_id"), notes);
    }

    private static ModelFamily ReadFamily(JsonSection file)
    {
        var names = file.OptionalArray("architectures").Select(item => file.Text("architectures", item)).ToArray();
        if (names.Length == 0)
        {
            return file.OptionalString("model_type") switch
            {
                "llama" => ModelFamily.Llama,
                "mistral" => ModelFamily.Mistral,
                "qwen2" => ModelFamily.Qwen2,
                "qwen3" => ModelFamily.Qwen3,
                null => throw file.Refuse($"\"architectures\" is missing; supported are {Architectures}."),
                var type => throw file.Refuse($"\"model_type\" is \"{type}\", which is not supported; supported are {Architectures}."),
            };
        }

        foreach (string name in names)
        {
            switch (name)
            {
                case "LlamaForCausalLM": return ModelFamily.Llama;
                case "MistralForCausalLM": return ModelFamily.Mistral;
                case "Qwen2ForCausalLM": return ModelFamily.Qwen2;
                case "Qwen3ForCausalLM": return ModelFamily.Qwen3;
            }
        }

        throw file.Refuse($"\"architectures\" is {string.Join(", ", names)}, which is not supported; supported are {Architectures}.");
    }

    private static void RefuseWhatChangesTheArithmetic(JsonSection file)
    {
        if (file.OptionalSection("quantization_config") is { } quantization)
        {
            string method = quantization.OptionalString("quant_method") ?? "an unnamed method";
            throw file.Refuse(
                $"\"quantization_config\" says that the weights are quantized by {method}, which is not supported; weights must be F32, F16 or BF16.");
        }

        string activation = file.OptionalString("hidden_act") ?? "silu";
        if (activation != "silu") throw file.Refuse($"\"hidden_act\" is \"{activation}\", which is not supported; supported is silu.");

        if ((file.OptionalNumber("partial_rotary_factor") ?? 1) != 1)
            throw file.Refuse("\"partial_rotary_factor\" is not 1; only rotary embeddings of the whole head are supported.");
    }

    private static int ReadHeadDim(JsonSection file, ModelFamily family, int hidden, int heads)
    {
        int? given = file.OptionalInt("head_dim", least: 1);
        if (given is null && family == ModelFamily.Qwen3) given = Qwen3DefaultHeadDim;
        if (given is null && hidden % heads != 0)
        {
            throw file.Refuse(Sentence(
                $"\"hidden_size\" is {hidden}, which is no multiple of \"num_attention_heads\", {heads}, and there is no \"head_dim\"."));
        }

        int headDim = given ?? hidden / heads;
        return headDim % 2 == 0
            ? headDim
            : throw file.Refuse(Sentence(
                $"the head dimension is {headDim}{(given is null ? " (\"hidden_size\" / \"num_attention_heads\")" : " (\"head_dim\")")}; rotary embeddings need an even one."));
    }

    /// <summary>The sliding window that some layer would use, or null where every layer attends to everything.</summary>
    private static int? WindowInForce(JsonSection file, ModelFamily family, int layers)
    {
        switch (family)
        {
            case ModelFamily.Mistral:
                return file.Element.TryGetProperty("sliding_window", out _)
                    ? file.OptionalInt("sliding_window", least: 1)
                    : MistralDefaultWindow;
            case ModelFamily.Qwen2 or ModelFamily.Qwen3:
                if (file.OptionalBool("use_sliding_window") != true) return null;
                bool someLayerSlides = file.Has("layer_types")
                    ? file.OptionalArray("layer_types").Any(type => file.Text("layer_types", type) == "sliding_attention")
                    : (file.OptionalInt("max_window_layers", least: 0) ?? QwenDefaultFullLayers) < layers;
                return someLayerSlides ? file.OptionalInt("sliding_window", least: 1) ?? QwenDefaultWindow : null;
            default:
                return null;
        }
    }

    private static (double Theta, RopeScaling? Scaling) ReadRope(JsonSection file)
    {
        // Files written by newer libraries keep everything about rotation, the base included, in rope_parameters.
        string key = file.Has("rope_scaling") ? "rope_scaling" : "rope_parameters";
        double theta = file.OptionalPositive("rope_theta") ?? 10000;
        if (file.OptionalSection(key) is not { } rope) return (theta, null);

        theta = rope.OptionalPositive("rope_theta") ?? theta;
        string type = rope.OptionalString("rope_type") ?? rope.OptionalString("type") ?? "default";
        switch (type)
        {
            case "default":
                if (rope.Members().FirstOrDefault(member => member.Value.ValueKind == JsonValueKind.Object).Key is { } layerType)
                {
                    throw file.Refuse(
                        $"\"{key}\" has parameters of its own for \"{layerType}\"; only one set for all layers is supported.");
                }

                return (theta, null);
            case "linear":
                return (theta, new RopeScaling.Linear(rope.Positive("factor")));
            case "llama3":
                var llama3 = new RopeScaling.Llama3(
                    rope.Positive("factor"),
                    rope.Positive("low_freq_factor"),
                    rope.Positive("high_freq_factor"),
                    rope.Int("original_max_position_embeddings", least: 1));
                return llama3.LowFrequencyFactor < llama3.HighFrequencyFactor
                    ? (theta, llama3)
                    : throw file.Refuse(Sentence(
                        $"\"{key}.low_freq_factor\" is {llama3.LowFrequencyFactor}, which must be below \"high_freq_factor\", {llama3.HighFrequencyFactor}."));
            default:
                throw file.Refuse($"\"{key}\" is of type \"{type}\", which is not supported; supported are default, linear and llama3.");
        }
    }

    private static WeightType? ReadStoredType(JsonSection file)
    {
        string key = file.Has("dtype") ? "dtype" : "torch_dtype";
        return file.OptionalString(key) switch
        {
            null or "auto" => null,
            "float32" => WeightType.F32,
            "float16" => WeightType.F16,
            "bfloat16" => WeightType.BF16,
            var type => throw file.Refuse($"\"{key}\" is \"{type}\"; supported are float32, float16 and bfloat16."),
        };
    }

    private static string Sentence(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
