namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// The cutting part of GPT-2's byte level (the spelling of bytes is <see cref="BpeModel"/>'s): a space in front of pieces that start
/// with none, and GPT-2's own cutting pattern.
/// </summary>
internal sealed record ByteLevelStep(bool AddsPrefixSpace, bool UsesPattern) : IPreTokenizerStep
{
    private static readonly RegexStep Pattern = new(PreTokenizerPatterns.Gpt2(), KeepsMatches: true, KeepsGaps: true);

    public void Split(ReadOnlyMemory<char> piece, bool atStart, List<ReadOnlyMemory<char>> pieces)
    {
        if (AddsPrefixSpace && piece.Span[0] != ' ') piece = $" {piece}".AsMemory();
        if (UsesPattern) Pattern.Split(piece, atStart, pieces);
        else pieces.Add(piece);
    }
}
