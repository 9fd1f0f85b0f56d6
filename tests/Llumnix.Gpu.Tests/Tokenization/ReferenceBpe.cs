using System.Text;

namespace Llumnix.Gpu.Tests.Tokenization;

/// <summary>Byte-pair encoding as its definition reads, over strings and without regard to speed.</summary>
internal static class ReferenceBpe
{
    /// <summary>The 256 characters of GPT-2's byte spelling, by the rule of its authors' paper code: printable bytes, then the rest.</summary>
    public static IReadOnlyList<char> ByteCharacters { get; } = SpellBytes();

    /// <summary>A word's bytes, each as its character.</summary>
    public static IEnumerable<string> Bytes(string word) => Encoding.UTF8.GetBytes(word).Select(value => ByteCharacters[value].ToString());

    /// <summary>Applies the first rule of the list that applies anywhere, at its leftmost place, until none does.</summary>
    public static List<string> ByRules(IEnumerable<string> symbols, IReadOnlyList<(string Left, string Right)> rules)
    {
        var word = symbols.ToList();
        while (true)
        {
            int rule = 0;
            int place = -1;
            for (; rule < rules.Count && place < 0; rule++)
                place = Enumerable.Range(0, Math.Max(0, word.Count - 1)).FirstOrDefault(i => (word[i], word[i + 1]) == rules[rule], -1);
            if (place < 0) return word;
            word[place] += word[place + 1];
            word.RemoveAt(place + 1);
        }
    }

    /// <summary>Joins the two neighbours whose concatenation has the highest score, the leftmost of equals, until none has one.</summary>
    public static List<string> ByScores(IEnumerable<string> symbols, IReadOnlyDictionary<string, float> scores)
    {
        var word = symbols.ToList();
        while (true)
        {
            int best = -1;
            float bestScore = float.NegativeInfinity;
            for (int i = 0; i + 1 < word.Count; i++)
            {
                if (scores.TryGetValue(word[i] + word[i + 1], out float score) && score > bestScore) (best, bestScore) = (i, score);
            }

            if (best < 0) return word;
            word[best] += word[best + 1];
            word.RemoveAt(best + 1);
        }
    }

    private static List<char> SpellBytes()
    {
        int[] printable = [.. Enumerable.Range('!', 94), .. Enumerable.Range('¡', 12), .. Enumerable.Range('®', 82)];
        var characters = new char[256];
        foreach (int value in printable) characters[value] = (char)value;
        int next = 256;
        foreach (int value in Enumerable.Range(0, 256).Except(printable)) characters[value] = (char)next++;
        return [.. characters];
    }
}
