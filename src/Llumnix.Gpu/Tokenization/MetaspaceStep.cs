namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// SentencePiece's spelling of spaces: each becomes <paramref name="Mark"/>, one is put in front by <paramref name="Scheme"/>, and with
/// <paramref name="Cuts"/> a piece starts at each.
/// </summary>
internal sealed record MetaspaceStep(char Mark, PrefixScheme Scheme, bool Cuts) : IPreTokenizerStep
{
    public void Split(ReadOnlyMemory<char> piece, bool atStart, List<ReadOnlyMemory<char>> pieces)
    {
        string text = piece.ToString().Replace(' ', Mark);
        bool marks = Scheme == PrefixScheme.Always || (Scheme == PrefixScheme.First && atStart);
        if (marks && text[0] != Mark) text = Mark + text;

        var rest = text.AsMemory();
        while (Cuts && rest.Length > 1 && rest.Span[1..].IndexOf(Mark) is >= 0 and var length)
        {
            pieces.Add(rest[..(length + 1)]);
            rest = rest[(length + 1)..];
        }

        pieces.Add(rest);
    }
}
