using System.Text;
using System.Text.RegularExpressions;

namespace Llumnix.Training.Corpus;

/// <summary>What templates leave to the end: spaces, capitals at the start of a sentence or a quotation, and "a" or "an".</summary>
public static partial class Punctuation
{
    public static string Tidy(string text)
    {
        text = Spaces().Replace(text, " ").Trim();
        text = BeforeVowel().Replace(text, "$1n ");
        StringBuilder output = new(text);
        bool start = true, quoted = false;
        for (int i = 0; i < output.Length; i++)
        {
            char c = output[i];
            if (c == '"')
            {
                quoted = !quoted;
                // `"Help!" said the fox` goes on; `said, "Come."` followed by a space has ended.
                start = quoted || (i > 0 && output[i - 1] == '.');
            }
            else if (c is '.' or '!' or '?') start = true;
            else if (c != ' ')
            {
                if (start) output[i] = char.ToUpperInvariant(c);
                start = false;
            }
        }

        return output.ToString();
    }

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\b([Aa]) (?=(?!unicorn|use|one\b)[aeiouAEIOU]|hour|honest)")]
    private static partial Regex BeforeVowel();
}
