using System.Text.Json.Nodes;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Loading;

public sealed class ModelConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llumnix-").FullName;

    private string Target => Path.Combine(_folder, "config.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Llama_takes_the_librarys_defaults_for_what_it_leaves_out()
    {
        var config = Read(Llama()).Model;

        Assert.Equal(
            new ModelConfig
            {
                Family = ModelFamily.Llama,
                VocabularySize = 1000,
                HiddenSize = 64,
                IntermediateSize = 128,
                Layers = 2,
                Heads = 4,
                KvHeads = 4,
                HeadDim = 16,
                MaxPositions = 512,
                RmsNormEpsilon = 1e-6,
                RopeTheta = 10000,
            },
            config);
    }

    [Fact]
    public void Llama_has_biases_where_it_says_so()
    {
        var config = Read(Llama(json =>
        {
            json["attention_bias"] = true;
            json["mlp_bias"] = true;
        })).Model;

        Assert.True(config.QkvBias && config.OutputBias && config.MlpBias);
    }

    [Theory]
    [InlineData("Qwen2ForCausalLM", ModelFamily.Qwen2, true, false, false, 16)]
    [InlineData("Qwen3ForCausalLM", ModelFamily.Qwen3, false, false, true, 128)]
    [InlineData("MistralForCausalLM", ModelFamily.Mistral, false, false, false, 16)]
    public void Families_bring_what_is_theirs(string name, ModelFamily family, bool qkvBias, bool outputBias, bool qkNorm, int headDim)
    {
        var config = Read(Llama(json => json["architectures"] = new JsonArray(name))).Model;

        Assert.Equal(family, config.Family);
        Assert.Equal((qkvBias, outputBias, qkNorm, headDim), (config.QkvBias, config.OutputBias, config.QkNorm, config.HeadDim));
    }

    [Fact]
    public void Without_architectures_the_model_type_tells_the_family()
    {
        var config = Read(Llama(json =>
        {
            json.Remove("architectures");
            json["model_type"] = "qwen2";
        })).Model;

        Assert.Equal(ModelFamily.Qwen2, config.Family);
    }

    [Fact]
    public void A_head_dimension_of_its_own_goes_before_the_quotient_and_null_does_not()
    {
        Assert.Equal(32, Read(Llama(json => json["head_dim"] = 32)).Model.HeadDim);
        Assert.Equal(16, Read(Llama(json => json["head_dim"] = null)).Model.HeadDim);
    }

    [Theory]
    [InlineData("rope_type")]
    [InlineData("type")]
    public void Rope_scaling_is_read_under_either_name(string key)
    {
        Assert.Equal(
            new RopeScaling.Linear(4), Read(Llama(json => json["rope_scaling"] = new JsonObject { [key] = "linear", ["factor"] = 4.0 })).Model.RopeScaling);
        Assert.Null(Read(Llama(json => json["rope_scaling"] = new JsonObject { [key] = "default" })).Model.RopeScaling);
        Assert.Equal(
            new RopeScaling.Llama3(8, 1, 4, 8192),
            Read(Llama(json => json["rope_scaling"] = new JsonObject
            {
                [key] = "llama3",
                ["factor"] = 8,
                ["low_freq_factor"] = 1,
                ["high_freq_factor"] = 4,
                ["original_max_position_embeddings"] = 8192,
            })).Model.RopeScaling);
    }

    [Fact]
    public void Newer_files_keep_the_base_of_rotation_among_its_parameters()
    {
        var config = Read(Llama(json =>
            json["rope_parameters"] = new JsonObject { ["rope_type"] = "linear", ["factor"] = 2, ["rope_theta"] = 500000.0 })).Model;

        Assert.Equal((500000.0, new RopeScaling.Linear(2)), (config.RopeTheta, config.RopeScaling));
    }

    [Theory]
    [InlineData("MistralForCausalLM", "{\"sliding_window\":128}", 128)]
    [InlineData("MistralForCausalLM", "{\"sliding_window\":null}", 512)]
    [InlineData("MistralForCausalLM", "{\"sliding_window\":4096}", 512)]
    [InlineData("MistralForCausalLM", "{\"max_position_embeddings\":32768}", 4096)]
    [InlineData("Qwen2ForCausalLM", "{\"sliding_window\":128,\"use_sliding_window\":false,\"max_window_layers\":0}", 512)]
    [InlineData("Qwen2ForCausalLM", "{\"sliding_window\":128,\"use_sliding_window\":true,\"max_window_layers\":1}", 128)]
    [InlineData("Qwen2ForCausalLM", "{\"sliding_window\":128,\"use_sliding_window\":true,\"max_window_layers\":2}", 512)]
    [InlineData("Qwen3ForCausalLM", "{\"sliding_window\":64,\"use_sliding_window\":true,\"layer_types\":[\"full_attention\",\"full_attention\"]}", 512)]
    [InlineData("Qwen3ForCausalLM", "{\"sliding_window\":64,\"use_sliding_window\":true,\"layer_types\":[\"full_attention\",\"sliding_attention\"]}", 64)]
    [InlineData("LlamaForCausalLM", "{\"sliding_window\":128}", 512)]
    public void A_sliding_window_in_force_limits_the_context_and_is_noted(string architecture, string keys, int context)
    {
        var json = Llama(config => config["architectures"] = new JsonArray(architecture));
        foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject()) json[key] = value?.DeepClone();

        var file = Read(json);

        Assert.Equal(context, file.Model.MaxPositions);
        if (context == json["max_position_embeddings"]!.GetValue<int>()) Assert.Empty(file.Notes);
        else Assert.Contains($"limited to {context} tokens", Assert.Single(file.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("torch_dtype", "bfloat16", WeightType.BF16)]
    [InlineData("dtype", "float16", WeightType.F16)]
    [InlineData("torch_dtype", "float32", WeightType.F32)]
    public void The_stored_number_format_is_read_under_either_name(string key, string value, WeightType expected) =>
        Assert.Equal(expected, Read(Llama(json => json[key] = value)).StoredType);

    [Fact]
    public void End_tokens_may_be_one_or_several_or_none()
    {
        Assert.Equal([7], Read(Llama(json => json["eos_token_id"] = 7)).EndTokenIds);
        Assert.Equal([7, 9], Read(Llama(json => json["eos_token_id"] = new JsonArray(7, 9))).EndTokenIds);
        Assert.Empty(Read(Llama(json => json["eos_token_id"] = null)).EndTokenIds);
    }

    [Theory]
    [InlineData("{\"architectures\":[\"GPT2LMHeadModel\"]}", "\"architectures\" is GPT2LMHeadModel, which is not supported; supported are LlamaForCausalLM")]
    [InlineData("{\"architectures\":null}", "\"architectures\" is missing; supported are LlamaForCausalLM")]
    [InlineData("{\"architectures\":null,\"model_type\":\"gpt2\"}", "\"model_type\" is \"gpt2\", which is not supported")]
    [InlineData("{\"architectures\":\"LlamaForCausalLM\"}", "\"architectures\" is \"LlamaForCausalLM\", but must be a list")]
    [InlineData("{\"hidden_size\":null}", "\"hidden_size\" is missing")]
    [InlineData("{\"hidden_size\":\"64\"}", "\"hidden_size\" is \"64\", but must be a whole number of at least 1")]
    [InlineData("{\"hidden_size\":64.5}", "\"hidden_size\" is 64.5, but must be a whole number")]
    [InlineData("{\"num_hidden_layers\":0}", "\"num_hidden_layers\" is 0, but must be a whole number of at least 1")]
    [InlineData("{\"vocab_size\":99999999999}", "\"vocab_size\" is 99999999999, but must be a whole number")]
    [InlineData("{\"num_key_value_heads\":3}", "\"num_attention_heads\" is 4, which is no multiple of \"num_key_value_heads\", 3")]
    [InlineData("{\"hidden_size\":66}", "\"hidden_size\" is 66, which is no multiple of \"num_attention_heads\", 4, and there is no \"head_dim\"")]
    [InlineData("{\"hidden_size\":60}", "the head dimension is 15 (\"hidden_size\" / \"num_attention_heads\"); rotary embeddings need an even one")]
    [InlineData("{\"head_dim\":5}", "the head dimension is 5 (\"head_dim\"); rotary embeddings need an even one")]
    [InlineData("{\"rms_norm_eps\":0}", "\"rms_norm_eps\" is 0, but must be a number above 0")]
    [InlineData("{\"rope_theta\":-1}", "\"rope_theta\" is -1, but must be a number above 0")]
    [InlineData("{\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4}}", "\"rope_scaling\" is of type \"yarn\", which is not supported; supported are default, linear and llama3")]
    [InlineData("{\"rope_scaling\":{\"type\":\"linear\"}}", "\"rope_scaling.factor\" is missing")]
    [InlineData("{\"rope_scaling\":{\"type\":\"linear\",\"factor\":0}}", "\"rope_scaling.factor\" is 0, but must be a number above 0")]
    [InlineData(
        "{\"rope_scaling\":{\"type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4,\"original_max_position_embeddings\":9}}",
        "\"rope_scaling.low_freq_factor\" is 4, which must be below \"high_freq_factor\", 4")]
    [InlineData("{\"rope_parameters\":{\"full_attention\":{\"rope_theta\":1}}}", "\"rope_parameters\" has parameters of its own for \"full_attention\"")]
    [InlineData("{\"hidden_act\":\"gelu\"}", "\"hidden_act\" is \"gelu\", which is not supported; supported is silu")]
    [InlineData("{\"partial_rotary_factor\":0.5}", "\"partial_rotary_factor\" is not 1")]
    [InlineData("{\"quantization_config\":{\"quant_method\":\"gptq\"}}", "\"quantization_config\" says that the weights are quantized by gptq")]
    [InlineData("{\"torch_dtype\":\"float64\"}", "\"torch_dtype\" is \"float64\"; supported are float32, float16 and bfloat16")]
    [InlineData("{\"tie_word_embeddings\":\"yes\"}", "\"tie_word_embeddings\" is \"yes\", but must be true or false")]
    [InlineData("{\"eos_token_id\":-3}", "\"eos_token_id\" is -3, but must be a token id or a list of token ids")]
    public void What_cannot_be_served_is_refused_with_the_key_and_its_value(string keys, string expected)
    {
        var json = Llama();
        foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject()) json[key] = value?.DeepClone();

        var error = Assert.Throws<ModelLoadException>(() => Read(json));

        Assert.StartsWith($"{Target}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    private static JsonObject Llama(Action<JsonObject>? change = null)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["vocab_size"] = 1000,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 128,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["max_position_embeddings"] = 512,
        };
        change?.Invoke(json);
        return json;
    }

    private ModelConfigFile Read(JsonObject json)
    {
        File.WriteAllText(Target, json.ToJsonString());
        return ModelConfigFile.Read(_folder);
    }
}
