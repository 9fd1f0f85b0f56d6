using System.Text.Json.Nodes;
using CsCheck;
using Llumnix.Gpu.Chat;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;
using Llumnix.Testing;

namespace Llumnix.Gpu.Tests.Loading;

public sealed class ModelFolderTests
{
    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Mistral)]
    [InlineData(ModelFamily.Qwen2)]
    [InlineData(ModelFamily.Qwen3)]
    public void A_folder_of_every_family_loads_as_it_was_written(ModelFamily family)
    {
        using var tiny = new TinyModelFolder(TinyModelFolder.Config(family), type: WeightType.BF16, shards: 3, name: "my-model");

        var folder = ModelFolder.Load(tiny.Path);

        Assert.Equal(tiny.Model, folder.Config);
        Assert.Equal("my-model", folder.Name);
        Assert.Equal(TinyModelFolder.TokenizerSize, folder.Tokenizer.VocabularySize);
        Assert.Equal([TinyModelFolder.TokenizerSize - 3, TinyModelFolder.TokenizerSize - 1], folder.EndTokenIds);
        Assert.Empty(folder.Notes);
        using var weights = folder.OpenWeights();
        Assert.Equal(TinyModelFolder.Tensors(tiny.Model).Select(tensor => tensor.Name).Order(), weights.Names.Order());
        foreach (var (name, shape) in TinyModelFolder.Tensors(tiny.Model))
        {
            Assert.True(weights.TryGet(name, out var tensor));
            Assert.Equal(shape, tensor.Shape);
            Assert.Equal(WeightType.BF16, tensor.Type);
        }
    }

    [Fact]
    public void The_chat_template_writes_text_that_the_tokenizer_reads_back_with_its_marks_as_single_tokens()
    {
        using var tiny = new TinyModelFolder();
        var folder = ModelFolder.Load(tiny.Path);

        string text = folder.ChatTemplate!.Render([new ChatMessage("user", "the cat")], addGenerationPrompt: true);

        Assert.Equal("<|im_start|>user\nthe cat<|im_end|>\n<|im_start|>assistant\n", text);
        int[] tokens = folder.Tokenizer.Encode(text, addSpecialTokens: false);
        Assert.Equal(2, tokens.Count(token => token == TinyModelFolder.TokenizerSize - 2));
        Assert.Equal(text, folder.Tokenizer.Decode(tokens, skipSpecialTokens: false));
        Assert.Equal("user\nthe cat\nassistant\n", folder.Tokenizer.Decode(tokens));
    }

    [Fact]
    public void End_tokens_come_from_the_generation_configuration_then_the_configuration_then_the_tokenizer()
    {
        using var tiny = new TinyModelFolder();
        tiny.Edit("config.json", config => config["eos_token_id"] = 5);
        Assert.Equal([TinyModelFolder.TokenizerSize - 3, TinyModelFolder.TokenizerSize - 1], ModelFolder.Load(tiny.Path).EndTokenIds);

        File.Delete(tiny.File("generation_config.json"));
        Assert.Equal([5], ModelFolder.Load(tiny.Path).EndTokenIds);

        tiny.Edit("config.json", config => config.Remove("eos_token_id"));
        Assert.Equal([TinyModelFolder.TokenizerSize - 3], ModelFolder.Load(tiny.Path).EndTokenIds);
    }

    [Fact]
    public void Sampling_defaults_come_from_the_generation_configuration()
    {
        using var tiny = new TinyModelFolder();
        tiny.Write(
            "generation_config.json",
            new JsonObject
            {
                ["temperature"] = 0.5,
                ["top_k"] = 20,
                ["top_p"] = 0.75,
                ["min_p"] = 0.25,
                ["repetition_penalty"] = 1.5,
                ["max_new_tokens"] = 100,
                ["do_sample"] = true,
                ["transformers_version"] = "4.0",
            });

        Assert.Equal(
            new GenerationDefaults { Temperature = 0.5f, TopK = 20, TopP = 0.75f, MinP = 0.25f, RepetitionPenalty = 1.5f, MaxTokens = 100 },
            ModelFolder.Load(tiny.Path).GenerationDefaults);

        File.Delete(tiny.File("generation_config.json"));
        Assert.Equal(new GenerationDefaults(), ModelFolder.Load(tiny.Path).GenerationDefaults);
    }

    [Theory]
    [InlineData("temperature", -0.5, "a number of at least 0")]
    [InlineData("top_p", 0, "a number above 0 and at most 1")]
    [InlineData("top_p", 1.5, "a number above 0 and at most 1")]
    [InlineData("repetition_penalty", 0, "a number above 0")]
    [InlineData("top_k", -2, "a whole number of at least -1")]
    public void A_sampling_default_out_of_range_is_refused(string key, double value, string wanted)
    {
        using var tiny = new TinyModelFolder();
        tiny.Edit("generation_config.json", config => config[key] = value);

        string sentence = Refused(tiny.Path);

        Assert.StartsWith($"{tiny.File("generation_config.json")}: \"{key}\" is ", sentence, StringComparison.Ordinal);
        Assert.EndsWith($", but must be {wanted}.", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_no_model_folder_says_what_it_is()
    {
        using var tiny = new TinyModelFolder();
        string nowhere = Path.Combine(tiny.Path, "nowhere");
        Assert.Equal($"{nowhere} does not exist.", Refused(nowhere));
        Assert.Equal($"{tiny.File("config.json")} is a file; a model is a folder with config.json.", Refused(tiny.File("config.json")));

        File.Delete(tiny.File("config.json"));
        Assert.Equal($"{tiny.Path} is no model folder: it has no config.json.", Refused(tiny.Path));
    }

    [Fact]
    public void Missing_weights_are_noticed_before_they_are_opened()
    {
        using var tiny = new TinyModelFolder();
        File.Delete(tiny.File("model.safetensors"));

        Assert.Contains("has no weights", Refused(tiny.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_that_does_not_fit_the_vocabulary_is_refused_with_the_token_that_does_not_fit()
    {
        using var tiny = new TinyModelFolder();
        tiny.Edit("config.json", config => config["vocab_size"] = TinyModelFolder.TokenizerSize - 1);

        Assert.Equal(
            $"{tiny.File("tokenizer.json")} does not fit the model: its token \"<|im_end|>\" has id {TinyModelFolder.TokenizerSize - 1}, "
            + $"but \"vocab_size\" in config.json is {TinyModelFolder.TokenizerSize - 1}.",
            Refused(tiny.Path));
    }

    [Fact]
    public void An_end_token_outside_of_the_vocabulary_is_refused()
    {
        using var tiny = new TinyModelFolder();
        tiny.Edit("generation_config.json", config => config["eos_token_id"] = 4000);

        Assert.Contains("\"eos_token_id\" is 4000, but \"vocab_size\" in config.json is", Refused(tiny.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused()
    {
        using var tiny = new TinyModelFolder();
        File.Delete(tiny.File("tokenizer.json"));

        Assert.Equal($"{tiny.Path} has no tokenizer: neither tokenizer.json nor tokenizer.model is there.", Refused(tiny.Path));
    }

    [Fact]
    public void A_chat_template_that_is_unknown_or_absent_closes_chat_only()
    {
        using var tiny = new TinyModelFolder();
        tiny.Edit("tokenizer_config.json", config => config["chat_template"] = "{{ messages | tojson }}");

        var folder = ModelFolder.Load(tiny.Path);

        Assert.Null(folder.ChatTemplate);
        Assert.Equal(
            "The chat template in tokenizer_config.json is not recognised; recognised are those of ChatML, Llama 2, Llama 3, Mistral and Zephyr.",
            folder.NoChatReason);
        Assert.Contains(folder.NoChatReason, folder.Notes);

        tiny.Edit("tokenizer_config.json", config => config.Remove("chat_template"));
        Assert.StartsWith("The model has no chat template", ModelFolder.Load(tiny.Path).NoChatReason, StringComparison.Ordinal);

        File.Delete(tiny.File("tokenizer_config.json"));
        Assert.Null(ModelFolder.Load(tiny.Path).ChatTemplate);
    }

    [Fact]
    public void The_default_of_several_named_templates_is_taken_and_a_template_file_goes_before_them()
    {
        using var tiny = new TinyModelFolder();
        string template = ModelTemplate(tiny);
        tiny.Edit("tokenizer_config.json", config => config["chat_template"] = new JsonArray(
            new JsonObject { ["name"] = "tool_use", ["template"] = "{{ tools }}" },
            new JsonObject { ["name"] = "default", ["template"] = template }));
        Assert.Equal("ChatML", ModelFolder.Load(tiny.Path).ChatTemplate?.Name);

        File.WriteAllText(tiny.File("chat_template.jinja"), "{{ messages }}");
        Assert.Contains("chat_template.jinja", ModelFolder.Load(tiny.Path).NoChatReason, StringComparison.Ordinal);

        File.WriteAllText(tiny.File("chat_template.jinja"), template);
        Assert.Equal("ChatML", ModelFolder.Load(tiny.Path).ChatTemplate?.Name);
    }

    [Fact]
    public void A_folder_of_the_hugging_face_cache_goes_by_the_repositorys_name()
    {
        using var tiny = new TinyModelFolder(name: "0123abcd");
        string cached = Path.Combine(tiny.Path, "..", "models--some-owner--some-model", "snapshots");
        Directory.CreateDirectory(cached);
        Directory.Move(tiny.Path, Path.Combine(cached, "0123abcd"));

        Assert.Equal("some-owner/some-model", ModelFolder.Load(Path.Combine(cached, "0123abcd") + "/").Name);

        Directory.Move(Path.Combine(cached, "0123abcd"), tiny.Path);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("generation_config.json")]
    public void Whatever_is_done_to_a_file_the_folder_loads_or_is_refused_with_a_sentence(string name)
    {
        using var tiny = new TinyModelFolder();
        byte[] good = File.ReadAllBytes(tiny.File(name));
        byte[] likely = [.. "0123456789-.eE{}[]\",: \\u\0\n"u8, 0xC3, 0xFF];
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, likely.Length - 1].Select(index => likely[index])).List[1, 3].Sample(
            changes =>
            {
                byte[] bad = [.. good];
                foreach (var (place, value) in changes) bad[place] = value;
                File.WriteAllBytes(tiny.File(name), bad);
                try
                {
                    ModelFolder.Load(tiny.Path);
                }
                catch (ModelLoadException error)
                {
                    Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
                    Assert.Contains(tiny.Path, error.Message, StringComparison.Ordinal);
                }
            },
            iter: 300,
            threads: 1);
    }

    private static string ModelTemplate(TinyModelFolder folder) =>
        JsonNode.Parse(File.ReadAllText(folder.File("tokenizer_config.json")))!["chat_template"]!.GetValue<string>();

    private static string Refused(string path) => Assert.Throws<ModelLoadException>(() => ModelFolder.Load(path)).Message;
}
