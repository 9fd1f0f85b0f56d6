using System.Globalization;
using System.Text;
using Llumnix.Gpu.Chat;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Gpu.Loading;

/// <summary>
/// A Hugging Face model folder, checked and ready to serve: everything but the weights is read, and those are mapped when asked for. What
/// makes a folder unusable is a <see cref="ModelLoadException"/>; a chat template that is not recognised only closes chat.
/// </summary>
public sealed class ModelFolder
{
    private const string ChatTemplateFile = "chat_template.jinja";

    private ModelFolder(string path, ModelConfigFile config, BpeTokenizer tokenizer)
    {
        Path = path;
        Name = NameOf(path);
        Config = config.Model;
        StoredType = config.StoredType;
        Tokenizer = tokenizer;
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>What the model goes by: its folder's name, or <c>owner/name</c> for a folder of the Hugging Face cache.</summary>
    public string Name { get; }

    public ModelConfig Config { get; }

    /// <summary>The number format that <c>config.json</c> says the weights have, if it does.</summary>
    public WeightType? StoredType { get; }

    public ITokenizer Tokenizer { get; }

    /// <summary>How conversations are written; null where chat is not possible, and <see cref="NoChatReason"/> says why.</summary>
    public ChatTemplate? ChatTemplate { get; private init; }

    /// <summary>One sentence for those who ask for chat; null where <see cref="ChatTemplate"/> is there.</summary>
    public string? NoChatReason { get; private init; }

    /// <summary>
    /// The tokens that end an output: those of <c>generation_config.json</c>, else of <c>config.json</c>, else the end token of
    /// <c>tokenizer_config.json</c>; empty where none says.
    /// </summary>
    public required IReadOnlyList<int> EndTokenIds { get; init; }

    public required GenerationDefaults GenerationDefaults { get; init; }

    /// <summary>Sentences for the log: what is served differently from what the folder says.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Reads a folder's small files and checks that they fit together.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="weights">Whether it must have weights; a gateway's needs none.</param>
    public static ModelFolder Load(string path, bool weights = true)
    {
        string folder = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(folder))
        {
            throw new ModelLoadException(
                File.Exists(folder) ? $"{folder} is a file; a model is a folder with {ModelConfigFile.FileName}." : $"{folder} does not exist.");
        }

        var config = ModelConfigFile.Read(folder);
        if (weights) SafetensorsModel.RequireIn(folder);
        var (defaults, endTokens) = GenerationConfigFile.Read(folder);
        var tokenizerConfig = TokenizerConfigFile.Read(folder);
        var tokenizer = TokenizerFolder.Load(folder, tokenizerConfig, config.Model.VocabularySize);

        string endSource = GenerationConfigFile.FileName;
        if (endTokens.Length == 0) (endTokens, endSource) = (config.EndTokenIds, ModelConfigFile.FileName);
        if (endTokens.Length == 0 && tokenizerConfig.EndToken is { } end && tokenizer.IdOf(end) is { } id) endTokens = [id];
        foreach (int token in endTokens)
        {
            if (token >= config.Model.VocabularySize)
            {
                throw new ModelLoadException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{System.IO.Path.Combine(folder, endSource)}: \"eos_token_id\" is {token}, but \"vocab_size\" in {ModelConfigFile.FileName} is {config.Model.VocabularySize}."));
            }
        }

        var (template, reason) = ReadChatTemplate(folder, tokenizerConfig);
        return new ModelFolder(folder, config, tokenizer)
        {
            ChatTemplate = template,
            NoChatReason = reason,
            EndTokenIds = [.. endTokens.Distinct()],
            GenerationDefaults = defaults,
            Notes = reason is null ? config.Notes : [.. config.Notes, reason],
        };
    }

    /// <summary>Maps the weights; the caller disposes of them. A <see cref="ModelLoadException"/> where a file is missing or damaged.</summary>
    public IWeightSource OpenWeights() => SafetensorsModel.Open(Path);

    private static (ChatTemplate? Template, string? Reason) ReadChatTemplate(string folder, TokenizerConfigFile config)
    {
        string source = System.IO.Path.Combine(folder, ChatTemplateFile);
        string? jinja = File.Exists(source) ? Encoding.UTF8.GetString(JsonSection.ReadFile(source)) : null;
        if (jinja is null)
        {
            source = System.IO.Path.Combine(folder, TokenizerConfigFile.FileName);
            jinja = config.ChatTemplates.GetValueOrDefault("default");
        }

        if (jinja is null)
            return (null, $"The model has no chat template: neither {ChatTemplateFile} nor \"chat_template\" in {TokenizerConfigFile.FileName} is there.");

        return ChatTemplate.Recognise(jinja, config.BeginToken ?? "", config.EndToken ?? "") is { } template
            ? (template, null)
            : (null, $"The chat template in {System.IO.Path.GetFileName(source)} is not recognised; recognised are those of {ChatTemplate.Recognised}.");
    }

    // The Hugging Face cache keeps a model at models--owner--name/snapshots/<commit>.
    private static string NameOf(string folder)
    {
        var snapshots = Directory.GetParent(folder);
        string? repository = snapshots?.Name == "snapshots" ? snapshots.Parent?.Name : null;
        return repository is not null && repository.StartsWith("models--", StringComparison.Ordinal)
            ? repository["models--".Length..].Replace("--", "/", StringComparison.Ordinal)
            : System.IO.Path.GetFileName(folder);
    }
}
