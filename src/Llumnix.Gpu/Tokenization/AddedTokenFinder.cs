using System.Buffers;
using System.Globalization;
using System.Text;

namespace Llumnix.Gpu.Tokenization;

/// <summary>Finds added tokens in text: the leftmost first, of several at one place the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<char, (string Written, AddedToken Token)[]> _byFirst;
    private readonly SearchValues<string> _search;

    /// <param name="tokens">The tokens, each with the way it is written in the text to be searched; none written as nothing.</param>
    public AddedTokenFinder(IReadOnlyCollection<(string Written, AddedToken Token)> tokens)
    {
        _byFirst = tokens
            .GroupBy(entry => entry.Written[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(entry => entry.Written.Length).ToArray());
        _search = SearchValues.Create([.. tokens.Select(entry => entry.Written)], StringComparison.Ordinal);
    }

    /// <summary>The next token at or after <paramref name="from"/>.</summary>
    /// <param name="text">What is searched.</param>
    /// <param name="from">Where the search starts; white space before it belongs to what was found earlier.</param>
    /// <param name="start">Where the text it stands for starts, white space it takes along included.</param>
    /// <param name="end">Where that ends, exclusive.</param>
    /// <param name="token">The token.</param>
    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int end, out AddedToken token)
    {
        int at = from;
        while (at < text.Length)
        {
            int offset = text[at..].IndexOfAny(_search);
            if (offset < 0) break;

            start = at + offset;
            (string written, token) = LongestAt(text[start..]);
            end = start + written.Length;
            at = end;
            if (token.SingleWord && (EndsWithWordCharacter(text[..start]) || StartsWithWordCharacter(text[end..]))) continue;

            if (token.StripsLeft)
            {
                while (start > from && char.IsWhiteSpace(text[start - 1])) start--;
            }

            if (token.StripsRight)
            {
                while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            }

            return true;
        }

        start = end = text.Length;
        token = null!;
        return false;
    }

    private static bool EndsWithWordCharacter(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWordCharacter(rune);

    private static bool StartsWithWordCharacter(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWordCharacter(rune);

    private static bool IsWordCharacter(Rune rune) =>
        Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber;

    private (string Written, AddedToken Token) LongestAt(ReadOnlySpan<char> text)
    {
        foreach (var entry in _byFirst[text[0]])
        {
            if (text.StartsWith(entry.Written, StringComparison.Ordinal)) return entry;
        }

        throw new InvalidOperationException("The search found a token that is none of those given.");
    }
}
