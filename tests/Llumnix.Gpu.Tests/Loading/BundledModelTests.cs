using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Llumnix.Gpu.Chat;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Tests.Tokenization;
using Llumnix.Testing;

namespace Llumnix.Gpu.Tests.Loading;

public sealed partial class BundledModelTests
{
    private const string Story = "Once upon a time, there was a little fox named Mia. \"I can't sleep,\" she said.\n\nThe owl saw 12 stars!  Then they laughed.";

    private static readonly string Location = Path.Combine(Root(), "models", "stories");

    private readonly ModelFolder _folder = ModelFolder.Load(Location);

    [Fact]
    public void It_loads_with_nothing_to_remark()
    {
        Assert.Equal("stories", _folder.Name);
        Assert.Equal(ModelFamily.Llama, _folder.Config.Family);
        Assert.Equal(_folder.Config.VocabularySize, _folder.Tokenizer.VocabularySize);
        Assert.Equal(WeightType.BF16, _folder.StoredType);
        Assert.Equal("ChatML", _folder.ChatTemplate?.Name);
        Assert.Empty(_folder.Notes);
        Assert.Equal(["</s>", "<|im_end|>"], _folder.EndTokenIds.Select(token => _folder.Tokenizer.Decode([token], skipSpecialTokens: false)));
    }

    [Fact]
    public void Its_weights_are_those_its_configuration_asks_for()
    {
        using var weights = _folder.OpenWeights();

        Assert.Equal(TinyModelFolder.Tensors(_folder.Config).Select(tensor => tensor.Name).Order(), weights.Names.Order());
        foreach (var (name, shape) in TinyModelFolder.Tensors(_folder.Config))
        {
            Assert.True(weights.TryGet(name, out var tensor));
            Assert.Equal(shape, tensor.Shape);
            var values = new float[tensor.ElementCount];
            tensor.CopyTo(0, values);
            Assert.All(values, value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public void Its_tokenizer_gives_the_tokens_that_the_definition_gives()
    {
        var model = JsonNode.Parse(File.ReadAllText(Path.Combine(Location, "tokenizer.json")))!["model"]!;
        var rules = model["merges"]!.AsArray().Select(merge => merge!.GetValue<string>().Split(' ')).Select(pair => (pair[0], pair[1])).ToArray();
        var expected = Words().Matches(Story)
            .SelectMany(word => ReferenceBpe.ByRules(ReferenceBpe.Bytes(word.Value), rules))
            .Select(symbol => model["vocab"]![symbol]!.GetValue<int>());

        int[] tokens = _folder.Tokenizer.Encode(Story, addSpecialTokens: false);

        Assert.Equal(expected, tokens);
        Assert.Equal(Story, _folder.Tokenizer.Decode(tokens));
    }

    [Fact]
    public void A_conversation_is_written_with_its_own_marks()
    {
        string text = _folder.ChatTemplate!.Render([new ChatMessage("user", Story)], addGenerationPrompt: true);
        int[] tokens = _folder.Tokenizer.Encode(text, addSpecialTokens: false);

        string[] marks = [.. tokens.Where(token => _folder.Tokenizer.TokenBytes(token).IsEmpty).Select(token => _folder.Tokenizer.Decode([token], false))];
        Assert.Equal(["<|im_start|>", "<|im_end|>", "<|im_start|>"], marks);
        Assert.Equal(text, _folder.Tokenizer.Decode(tokens, skipSpecialTokens: false));
    }

    // The words of the story as a reader of GPT-2's rules cuts them: a space goes with what follows, of several the last.
    [GeneratedRegex(@"'t| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")]
    private static partial Regex Words();

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Llumnix.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository.");
    }
}
