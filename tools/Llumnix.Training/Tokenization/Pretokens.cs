using System.Text.RegularExpressions;

namespace Llumnix.Training.Tokenization;

/// <summary>How text is cut before byte pairs are merged: GPT-2's rule, which Hugging Face's ByteLevel pre-tokenizer uses.</summary>
public static partial class Pretokens
{
    public static IEnumerable<string> Split(string text) => Rule().Matches(text).Select(match => match.Value);

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    public static partial Regex Rule();
}
