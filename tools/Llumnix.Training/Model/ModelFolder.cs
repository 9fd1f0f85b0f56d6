using System.Text.Json;
using System.Text.Json.Nodes;
using Llumnix.Training.Tokenization;
using static TorchSharp.torch;

namespace Llumnix.Training.Model;

/// <summary>A model as a Hugging Face folder.</summary>
public static class ModelFolder
{
    /// <summary>The ChatML template, to the letter as model families publish it.</summary>
    private const string ChatTemplate =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}" +
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    public static void Write(string folder, StoryLlama model, ByteLevelBpe bpe)
    {
        Directory.CreateDirectory(folder);
        LlamaShape shape = model.Shape;
        int begin = bpe.Id(SpecialTokens.Begin), end = bpe.Id(SpecialTokens.End), turnEnd = bpe.Id(SpecialTokens.TurnEnd);
        JsonFile.Write(new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["attention_bias"] = false,
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = begin,
            ["eos_token_id"] = end,
            ["head_dim"] = shape.HeadSize,
            ["hidden_act"] = "silu",
            ["hidden_size"] = shape.Hidden,
            ["initializer_range"] = 0.02,
            ["intermediate_size"] = shape.Inner,
            ["max_position_embeddings"] = shape.MaxPositions,
            ["mlp_bias"] = false,
            ["model_type"] = "llama",
            ["num_attention_heads"] = shape.Heads,
            ["num_hidden_layers"] = shape.Layers,
            ["num_key_value_heads"] = shape.KeyValueHeads,
            ["pretraining_tp"] = 1,
            ["rms_norm_eps"] = shape.NormEpsilon,
            ["rope_scaling"] = null,
            ["rope_theta"] = shape.RopeTheta,
            ["tie_word_embeddings"] = true,
            ["torch_dtype"] = "bfloat16",
            ["use_cache"] = true,
            ["vocab_size"] = shape.Vocabulary,
        }, Path.Combine(folder, "config.json"));
        JsonFile.Write(new JsonObject
        {
            ["bos_token_id"] = begin,
            ["do_sample"] = true,
            ["eos_token_id"] = new JsonArray(end, turnEnd),
            ["temperature"] = 0.7,
            ["top_p"] = 0.95,
        }, Path.Combine(folder, "generation_config.json"));
        JsonFile.Write(new JsonObject
        {
            ["add_bos_token"] = true,
            ["add_eos_token"] = false,
            ["bos_token"] = SpecialTokens.Begin,
            ["chat_template"] = ChatTemplate,
            ["clean_up_tokenization_spaces"] = false,
            ["eos_token"] = SpecialTokens.End,
            ["model_max_length"] = shape.MaxPositions,
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
        }, Path.Combine(folder, "tokenizer_config.json"));
        TokenizerFile.Write(bpe, Path.Combine(folder, "tokenizer.json"));
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), StoryLlama.Layout(shape).Select(entry => KeyValuePair.Create(entry.Name, model.Weights[entry.Name])));
    }

    public static (StoryLlama Model, ByteLevelBpe Bpe) Read(string folder)
    {
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        int Value(string key) => config.RootElement.GetProperty(key).GetInt32();
        LlamaShape shape = new(
            Value("vocab_size"), Value("hidden_size"), Value("num_hidden_layers"), Value("num_attention_heads"), Value("num_key_value_heads"),
            Value("intermediate_size"), Value("max_position_embeddings"), config.RootElement.GetProperty("rope_theta").GetDouble(),
            config.RootElement.GetProperty("rms_norm_eps").GetDouble());
        StoryLlama model = new(shape, SafeTensors.Read(Path.Combine(folder, "model.safetensors")), ScalarType.Float32);
        return (model, TokenizerFile.Read(Path.Combine(folder, "tokenizer.json")));
    }
}
