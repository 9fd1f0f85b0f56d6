using System.Globalization;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tokenization;

/// <summary>Finds and reads a model folder's tokenizer: <c>tokenizer.json</c>, else <c>tokenizer.model</c>.</summary>
internal static class TokenizerFolder
{
    /// <param name="folder">The model folder.</param>
    /// <param name="config">Its <c>tokenizer_config.json</c>.</param>
    /// <param name="vocabularySize">How many ids the model has.</param>
    public static BpeTokenizer Load(string folder, TokenizerConfigFile config, int vocabularySize)
    {
        string json = Path.Combine(folder, TokenizerJsonFile.FileName);
        string sentencePiece = Path.Combine(folder, SentencePieceFile.FileName);
        string path;
        TokenizerDefinition definition;
        if (File.Exists(json))
        {
            path = json;
            definition = WithSpecialTokens(WithAddedTokens(TokenizerJsonFile.Read(json), config.AddedTokens), config);
        }
        else if (File.Exists(sentencePiece))
        {
            path = sentencePiece;
            definition = ReadSentencePiece(sentencePiece, folder, config);
        }
        else
        {
            throw new ModelLoadException(
                $"{folder} has no tokenizer: neither {TokenizerJsonFile.FileName} nor {SentencePieceFile.FileName} is there.");
        }

        var (highest, text) = definition.Highest;
        if (highest >= vocabularySize)
        {
            throw new ModelLoadException(string.Create(
                CultureInfo.InvariantCulture,
                $"{path} does not fit the model: its token \"{text}\" has id {highest}, but \"vocab_size\" in {ModelConfigFile.FileName} is {vocabularySize}."));
        }

        return new BpeTokenizer(definition);
    }

    private static TokenizerDefinition ReadSentencePiece(string path, string folder, TokenizerConfigFile config)
    {
        var (definition, begin, end) = SentencePieceFile.Read(path, config.Legacy);
        definition = WithAddedTokens(definition, config.AddedTokens);
        if (JsonSection.LoadIfPresent(Path.Combine(folder, "added_tokens.json")) is { } added)
            definition = WithAddedTokens(definition, [.. added.Members().Where(member => member.Key.Length > 0).Select(member => new AddedToken(added.Int(member.Key, least: 0), member.Key))]);

        // The format itself has no say in this: transformers puts the begin token in front unless told otherwise.
        return definition with
        {
            Prefix = config.AddsBegin != false && Id(definition, config.BeginToken, begin) is { } beginId ? [beginId] : [],
            Suffix = config.AddsEnd == true && Id(definition, config.EndToken, end) is { } endId ? [endId] : [],
        };
    }

    /// <summary>The definition with the tokens that it does not have yet.</summary>
    private static TokenizerDefinition WithAddedTokens(TokenizerDefinition definition, IReadOnlyList<AddedToken> tokens)
    {
        var known = definition.AddedTokens.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        return definition with { AddedTokens = [.. definition.AddedTokens, .. tokens.Where(token => known.Add(token.Content))] };
    }

    /// <summary>What <c>add_bos_token</c> and <c>add_eos_token</c> say goes before what the tokenizer's own file says.</summary>
    private static TokenizerDefinition WithSpecialTokens(TokenizerDefinition definition, TokenizerConfigFile config) =>
        definition with
        {
            Prefix = Adjusted(definition.Prefix, config.AddsBegin, Id(definition, config.BeginToken, null)),
            Suffix = Adjusted(definition.Suffix, config.AddsEnd, Id(definition, config.EndToken, null)),
        };

    private static IReadOnlyList<int> Adjusted(IReadOnlyList<int> ids, bool? wanted, int? id) => (wanted, id) switch
    {
        (true, { } token) when !ids.Contains(token) => [token, .. ids],
        (false, { } token) => [.. ids.Where(other => other != token)],
        _ => ids,
    };

    private static int? Id(TokenizerDefinition definition, string? content, int? fallback)
    {
        if (content is null) return fallback;
        if (definition.AddedTokens.FirstOrDefault(token => token.Content == content) is { } added) return added.Id;
        return definition.Model.Ids.TryGetValue(content, out int id) ? id : fallback;
    }
}
