using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Llumnix.Gpu.Tokenization;

/// <summary>Cuts text where a pattern matches; matches, the text between them, or both are kept.</summary>
internal sealed record RegexStep(Regex Pattern, bool KeepsMatches, bool KeepsGaps) : IPreTokenizerStep
{
    private static readonly char[] StandIns = BuildStandIns();

    public void Split(ReadOnlyMemory<char> piece, bool atStart, List<ReadOnlyMemory<char>> pieces)
    {
        if (piece.Span.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            SplitWithSurrogates(piece, pieces);
            return;
        }

        int from = 0;
        foreach (var match in Pattern.EnumerateMatches(piece.Span))
        {
            Add(piece, from, match.Index, match.Index + match.Length, pieces);
            from = match.Index + match.Length;
        }

        Add(piece, from, piece.Length, piece.Length, pieces);
    }

    // .NET's patterns see UTF-16 units, in which a character beyond U+FFFF is two halves of no category. The pattern is run over a text in
    // which each of them is one character of its category instead.
    private void SplitWithSurrogates(ReadOnlyMemory<char> piece, List<ReadOnlyMemory<char>> pieces)
    {
        char[] text = ArrayPool<char>.Shared.Rent(piece.Length);
        int[] places = ArrayPool<int>.Shared.Rent(piece.Length + 1);
        int count = 0;
        for (int i = 0; i < piece.Length; i++)
        {
            places[count] = i;
            char unit = piece.Span[i];
            if (char.IsHighSurrogate(unit) && i + 1 < piece.Length && char.IsLowSurrogate(piece.Span[i + 1]))
                unit = StandIns[(int)CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(unit, piece.Span[++i]))];
            text[count++] = unit;
        }

        places[count] = piece.Length;
        int from = 0;
        foreach (var match in Pattern.EnumerateMatches(text.AsSpan(0, count)))
        {
            int end = places[match.Index + match.Length];
            Add(piece, from, places[match.Index], end, pieces);
            from = end;
        }

        Add(piece, from, piece.Length, piece.Length, pieces);
        ArrayPool<char>.Shared.Return(text);
        ArrayPool<int>.Shared.Return(places);
    }

    private void Add(ReadOnlyMemory<char> piece, int from, int start, int end, List<ReadOnlyMemory<char>> pieces)
    {
        if (KeepsGaps && start > from) pieces.Add(piece[from..start]);
        if (KeepsMatches && end > start) pieces.Add(piece[start..end]);
    }

    // For each category a character that patterns name by its category only: none of ASCII or Latin.
    private static char[] BuildStandIns()
    {
        const int BeyondLatin = 0x250;
        var standIns = new char[(int)UnicodeCategory.OtherNotAssigned + 1];
        for (int character = char.MaxValue; character >= BeyondLatin; character--)
            standIns[(int)CharUnicodeInfo.GetUnicodeCategory((char)character)] = (char)character;
        return standIns;
    }
}
