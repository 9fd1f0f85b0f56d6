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
}
