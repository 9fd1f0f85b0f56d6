namespace Llumnix.Gpu.Tokenization;

/// <summary>What a tokenizer file says, whichever format it is in.</summary>
internal sealed record TokenizerDefinition
{
    public required BpeModel Model { get; init; }

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The highest id and how its token is written; -1 where there is no token at all.</summary>
    public (int Id, string Text) Highest =>
        Model.Ids.Select(entry => (Id: entry.Value, Text: entry.Key))
            .Concat(AddedTokens.Select(token => (token.Id, Text: token.Content)))
            .Append((Id: -1, Text: ""))
            .MaxBy(entry => entry.Id);

    /// <summary>Applied to each stretch of text between added tokens, in order.</summary>
    public IReadOnlyList<INormalizerStep> Normalizer { get; init; } = [];

    /// <summary>Cuts normalized text into words, each step cutting the pieces of the one before.</summary>
    public IReadOnlyList<IPreTokenizerStep> PreTokenizer { get; init; } = [];

    /// <summary>Put in front when special tokens are asked for: usually begin-of-sequence or nothing.</summary>
    public IReadOnlyList<int> Prefix { get; init; } = [];

    /// <summary>Put behind when special tokens are asked for: usually nothing.</summary>
    public IReadOnlyList<int> Suffix { get; init; } = [];

    /// <summary>Whether decoded text loses one space at its very start: the one that encoding puts there.</summary>
    public bool StripsLeadingSpace { get; init; }
}
