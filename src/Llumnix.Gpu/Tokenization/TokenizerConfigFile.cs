using System.Globalization;
using System.Text.Json;
using Llumnix.Gpu.Loading;

namespace Llumnix.Gpu.Tokenization;

/// <summary>Reads <c>tokenizer_config.json</c>, which a folder need not have: what it adds to the tokenizer's own file.</summary>
internal sealed record TokenizerConfigFile
{
    public const string FileName = "tokenizer_config.json";

    public string? BeginToken { get; init; }

    public string? EndToken { get; init; }

    /// <summary>Whether encoding puts the begin token in front; null leaves it to the tokenizer's file.</summary>
    public bool? AddsBegin { get; init; }

    /// <summary>Whether encoding puts the end token behind; null leaves it to the tokenizer's file.</summary>
    public bool? AddsEnd { get; init; }

    /// <summary>
    /// Whether every stretch of text between added tokens gets SentencePiece's space in front (transformers' default), or only one at
    /// the start of the text. Matters for <c>tokenizer.model</c> only.
    /// </summary>
    public bool Legacy { get; init; } = true;

    /// <summary>Tokens that belong to the vocabulary beside those of the tokenizer's own file.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The chat templates by name; one without a name is <c>default</c>.</summary>
    public IReadOnlyDictionary<string, string> ChatTemplates { get; init; } = new Dictionary<string, string>();

    public static TokenizerConfigFile Read(string folder)
    {
        var file = JsonSection.LoadIfPresent(Path.Combine(folder, FileName));
        return file is null
            ? new TokenizerConfigFile()
            : new TokenizerConfigFile
            {
                BeginToken = Token(file, "bos_token"),
                EndToken = Token(file, "eos_token"),
                AddsBegin = file.OptionalBool("add_bos_token"),
                AddsEnd = file.OptionalBool("add_eos_token"),
                Legacy = file.OptionalBool("legacy") ?? true,
                AddedTokens = ReadAddedTokens(file),
                ChatTemplates = ReadChatTemplates(file),
            };
    }

    /// <summary>A token as files write it: its text, or an object with the text as <c>content</c>.</summary>
    private static string? Token(JsonSection file, string key) =>
        file.TryGet(key, out var value) && value.ValueKind == JsonValueKind.Object
            ? file.Section(key).String("content")
            : file.OptionalString(key);

    private static List<AddedToken> ReadAddedTokens(JsonSection file)
    {
        var tokens = new List<AddedToken>();
        if (file.OptionalSection("added_tokens_decoder") is not { } decoder) return tokens;
        foreach (var (key, _) in decoder.Members())
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                throw file.Refuse($"\"added_tokens_decoder\" has the key \"{key}\", which is no token id.");
            var section = decoder.Section(key);
            if (section.String("content").Length > 0) tokens.Add(AddedTokenEntry.Read(section, id));
        }

        return tokens;
    }

    private static Dictionary<string, string> ReadChatTemplates(JsonSection file)
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        if (file.TryGet("chat_template", out var value) && value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in file.Items("chat_template")) templates[item.String("name")] = item.String("template");
        }
        else if (file.OptionalString("chat_template") is { } template)
        {
            templates["default"] = template;
        }

        return templates;
    }
}
