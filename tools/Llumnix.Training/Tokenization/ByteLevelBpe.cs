using System.Collections.Concurrent;
using System.Text;

namespace Llumnix.Training.Tokenization;

/// <summary>Byte-level byte-pair encoding: any text becomes ids and comes back unchanged.</summary>
public sealed class ByteLevelBpe
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Left, string Right), int> _ranks = [];
    private readonly ConcurrentDictionary<string, int[]> _words = new(StringComparer.Ordinal);
    private readonly string[] _tokens;

    /// <param name="tokens">The vocabulary in the order of the ids, special tokens excluded; those follow.</param>
    /// <param name="merges">Pairs to join, the most urgent first.</param>
    public ByteLevelBpe(IReadOnlyList<string> tokens, IReadOnlyList<(string Left, string Right)> merges)
    {
        Tokens = tokens;
        Merges = merges;
        _tokens = [.. tokens, .. SpecialTokens.All];
        for (int id = 0; id < _tokens.Length; id++) _ids.Add(_tokens[id], id);
        for (int rank = 0; rank < merges.Count; rank++) _ranks.Add(merges[rank], rank);
    }

    public IReadOnlyList<string> Tokens { get; }

    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    public int Size => _tokens.Length;

    public int Id(string token) => _ids[token];

    /// <summary>Markers of <see cref="SpecialTokens"/> in the text become their ids.</summary>
    public List<int> Encode(string text)
    {
        List<int> ids = [];
        int at = 0;
        while (at < text.Length)
        {
            int next = text.Length;
            string? marker = null;
            foreach (string candidate in SpecialTokens.All)
            {
                int found = text.IndexOf(candidate, at, next - at, StringComparison.Ordinal);
                if (found >= 0 && found < next) (next, marker) = (found, candidate);
            }

            foreach (string word in Pretokens.Split(text[at..next])) ids.AddRange(_words.GetOrAdd(word, Merge));
            if (marker is not null) ids.Add(_ids[marker]);
            at = next + (marker?.Length ?? 0);
        }

        return ids;
    }

    public string Decode(IEnumerable<int> ids)
    {
        List<byte> bytes = [];
        foreach (int id in ids)
        {
            if (id >= Tokens.Count) bytes.AddRange(Encoding.UTF8.GetBytes(_tokens[id]));
            else ByteAlphabet.Unspell(_tokens[id], bytes);
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private int[] Merge(string word)
    {
        List<string> parts = [.. ByteAlphabet.Spell(word).Select(c => c.ToString())];
        while (parts.Count > 1)
        {
            int best = int.MaxValue, at = -1;
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (_ranks.TryGetValue((parts[i], parts[i + 1]), out int rank) && rank < best) (best, at) = (rank, i);
            }

            if (at < 0) break;
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }

        return [.. parts.Select(part => _ids[part])];
    }
}
