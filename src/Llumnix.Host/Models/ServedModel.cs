using System.Text;
using Llumnix.Gpu.Chat;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Sampling;
using Llumnix.Gpu.Tokenization;
using Llumnix.Host.Api;

namespace Llumnix.Host.Models;

/// <summary>What the gateway must know of a model it serves.</summary>
internal sealed class ServedModel
{
    private readonly Lazy<int> _longestToken;

    public ServedModel() => _longestToken = new Lazy<int>(LongestToken);

    /// <summary>The name clients ask for.</summary>
    public required string Name { get; init; }

    public required ITokenizer Tokenizer { get; init; }

    /// <summary>Ids clients may name: 0 to this - 1.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The most tokens of prompt and output together.</summary>
    public required int Context { get; init; }

    /// <summary>What the model's own generation_config.json asks for where a client does not.</summary>
    public required SamplingParameters Defaults { get; init; }

    /// <summary>The model's own limit of output tokens where a client of a chat gives none; null leaves it all the context.</summary>
    public int? DefaultMaxTokens { get; init; }

    /// <summary>When the model began to be served.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Writes a chat as text; throws a <see cref="ChatTemplateException"/> where it cannot be. Null where the model has no chat.</summary>
    public Func<IReadOnlyList<ChatMessage>, bool, string>? ChatText { get; init; }

    /// <summary>One sentence for those who ask for chat where there is none.</summary>
    public string? NoChatReason { get; init; }

    /// <summary>A folder's model under the name <paramref name="name"/>.</summary>
    public static ServedModel Of(string name, ModelFolder folder, DateTimeOffset created)
    {
        GenerationDefaults file = folder.GenerationDefaults;
        var defaults = new SamplingParameters();
        return new ServedModel
        {
            Name = name,
            Tokenizer = folder.Tokenizer,
            VocabularySize = folder.Config.VocabularySize,
            Context = folder.Config.MaxPositions,
            Defaults = defaults with
            {
                Temperature = file.Temperature ?? defaults.Temperature,
                TopK = file.TopK ?? defaults.TopK,
                TopP = file.TopP ?? defaults.TopP,
                MinP = file.MinP ?? defaults.MinP,
                RepetitionPenalty = file.RepetitionPenalty ?? defaults.RepetitionPenalty,
            },
            DefaultMaxTokens = file.MaxTokens,
            Created = created,
            ChatText = folder.ChatTemplate is { } template ? template.Render : null,
            NoChatReason = folder.NoChatReason,
        };
    }

    /// <summary>The text of a chat, with the opening of the assistant's answer where asked for.</summary>
    public string RenderChat(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        if (ChatText is null) throw ApiException.Invalid("messages", $"{NoChatReason} Use /v1/completions with this model.");
        try
        {
            return ChatText(messages, addGenerationPrompt);
        }
        catch (ChatTemplateException error)
        {
            throw ApiException.Invalid("messages", error.Message);
        }
    }

    /// <summary>Tokens of a prompt, refused before they are made where so long a text cannot fit the context.</summary>
    public int[] Encode(string text, bool addSpecialTokens, string key)
    {
        long atLeast = (text.Length + _longestToken.Value - 1L) / _longestToken.Value;
        if (atLeast >= Context) throw TooLong(key, $"at least {atLeast} tokens");
        return Tokenizer.Encode(text, addSpecialTokens);
    }

    /// <summary>Refuses a prompt that is empty or leaves no room for one token of output.</summary>
    public void CheckPrompt(ReadOnlySpan<int> prompt, string key)
    {
        if (prompt.IsEmpty) throw ApiException.Invalid(key, $"{key} has no tokens; at least one is needed.");
        if (prompt.Length >= Context) throw TooLong(key, $"{prompt.Length} tokens");
        foreach (int token in prompt)
        {
            if ((uint)token >= (uint)VocabularySize)
            {
                throw ApiException.Invalid(key, $"{key} has the token {token}, but this model's tokens are 0 to {VocabularySize - 1}.");
            }
        }
    }

    /// <summary>The text one token stands for by itself, bytes that make no character as U+FFFD; special tokens by their names.</summary>
    public string TokenText(int token)
    {
        ReadOnlySpan<byte> bytes = Tokenizer.TokenBytes(token).Span;
        return bytes.IsEmpty ? Tokenizer.Decode([token], skipSpecialTokens: false) : Encoding.UTF8.GetString(bytes);
    }

    private ApiException TooLong(string key, string length) => ApiException.Invalid(
        key, $"The prompt has {length}, but this model's context is {Context} tokens for prompt and output together.", "context_length_exceeded");

    /// <summary>The most UTF-16 units that one token can stand for.</summary>
    private int LongestToken()
    {
        // Special tokens have no bytes but may be written by name.
        int longest = 64;
        for (int token = 0; token < Tokenizer.VocabularySize; token++) longest = Math.Max(longest, Tokenizer.TokenBytes(token).Length);
        return longest;
    }
}
