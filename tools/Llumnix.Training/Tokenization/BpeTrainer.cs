namespace Llumnix.Training.Tokenization;

/// <summary>Learns the merges of a byte-level BPE: again and again the most frequent pair of neighbours becomes one token.</summary>
public static class BpeTrainer
{
    /// <param name="texts">What to learn from; markers are no part of it.</param>
    /// <param name="size">The size of the whole vocabulary: 256 bytes, merges and special tokens.</param>
    public static ByteLevelBpe Train(IEnumerable<string> texts, int size)
    {
        int merges = size - 256 - SpecialTokens.All.Count;
        ArgumentOutOfRangeException.ThrowIfNegative(merges, nameof(size));
        Dictionary<string, long> counts = new(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            foreach (string word in Pretokens.Split(text)) counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        List<(List<string> Parts, long Count)> words =
            [.. counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (ByteAlphabet.Spell(pair.Key).Select(c => c.ToString()).ToList(), pair.Value))];
        List<string> tokens = [.. ByteAlphabet.Characters.Select(c => c.ToString())];
        List<(string, string)> learned = [];
        HashSet<string> known = [.. tokens];
        while (learned.Count < merges)
        {
            Dictionary<(string Left, string Right), long> pairs = [];
            foreach ((List<string> parts, long count) in words)
            {
                for (int i = 0; i + 1 < parts.Count; i++)
                {
                    (string, string) pair = (parts[i], parts[i + 1]);
                    pairs[pair] = pairs.GetValueOrDefault(pair) + count;
                }
            }

            if (pairs.Count == 0)
                throw new InvalidOperationException($"The text is too small for a vocabulary of {size} tokens: nothing is left to merge after {tokens.Count}.");
            // Ties are broken by spelling, so that the result does not depend on the order of a dictionary.
            (string left, string right) = pairs
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key.Left, StringComparer.Ordinal)
                .ThenBy(pair => pair.Key.Right, StringComparer.Ordinal)
                .First().Key;
            learned.Add((left, right));
            if (known.Add(left + right)) tokens.Add(left + right);
            else merges++;
            foreach ((List<string> parts, _) in words)
            {
                for (int i = 0; i + 1 < parts.Count; i++)
                {
                    if (parts[i] != left || parts[i + 1] != right) continue;
                    parts[i] = left + right;
                    parts.RemoveAt(i + 1);
                }
            }
        }

        return new ByteLevelBpe(tokens, learned);
    }
}
