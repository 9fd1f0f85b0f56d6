namespace Llumnix.Gpu.Engine;

/// <summary>
/// Looks for several strings in a text that comes character by character, each by its Knuth-Morris-Pratt automaton. The first occurrence
/// is the one that ends first; of those that end at the same character the longest.
/// </summary>
internal sealed class StopStringScanner
{
    private readonly string[] _stops;

    /// <summary>For each string and each length of a match, the length of its longest proper suffix that is also a prefix.</summary>
    private readonly int[][] _fallbacks;

    /// <summary>How many characters of each string the text now ends with.</summary>
    private readonly int[] _matched;

    public StopStringScanner(IReadOnlyList<string> stops)
    {
        _stops = [.. stops];
        _fallbacks = [.. _stops.Select(Fallbacks)];
        _matched = new int[_stops.Length];
    }

    /// <summary>Length of the longest end of the text that may still become one of the strings.</summary>
    public int Pending
    {
        get
        {
            int longest = 0;
            foreach (int matched in _matched) longest = Math.Max(longest, matched);
            return longest;
        }
    }

    /// <summary>Adds a character; returns the length of the longest string that the text now ends with, or 0.</summary>
    public int Append(char character)
    {
        int found = 0;
        for (int i = 0; i < _stops.Length; i++)
        {
            string stop = _stops[i];
            int[] fallback = _fallbacks[i];
            int matched = _matched[i];
            while (matched > 0 && stop[matched] != character) matched = fallback[matched];
            if (stop[matched] == character) matched++;
            if (matched == stop.Length)
            {
                found = Math.Max(found, matched);
                matched = fallback[matched];
            }

            _matched[i] = matched;
        }

        return found;
    }

    private static int[] Fallbacks(string stop)
    {
        int[] fallbacks = new int[stop.Length + 1];
        for (int length = 2, matched = 0; length <= stop.Length; length++)
        {
            while (matched > 0 && stop[matched] != stop[length - 1]) matched = fallbacks[matched];
            if (stop[matched] == stop[length - 1]) matched++;
            fallbacks[length] = matched;
        }

        return fallbacks;
    }
}
