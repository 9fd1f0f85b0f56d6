using System.Globalization;
using System.Text;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// Unicode normalization form C (Unicode Standard Annex 15): decompose canonically, order the combining marks, compose. The program runs
/// with invariant globalization, so that it needs no ICU on the machine, and there <see cref="string.Normalize()"/> changes nothing.
/// </summary>
/// <remarks>
/// The embedded table holds the canonical mappings of the Unicode Character Database, version 14: <c>code=pair</c> where the pair also
/// composes, <c>code&gt;sequence</c> where it does not, <c>first-last:class</c> for the classes of combining marks. Hangul is computed.
/// </remarks>
internal static class CanonicalComposition
{
    private const int FirstThatCanChange = 0x300;

    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Tails = 28;

    private static readonly Lazy<Tables> Mappings = new(Tables.Load);

    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', (char)(FirstThatCanChange - 1))) return text;

        var tables = Mappings.Value;
        var runes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, tables, runes);
        Order(runes, tables);
        Compose(runes, tables);
        var composed = new StringBuilder(text.Length);
        foreach (int rune in runes) composed.Append(new Rune(rune).ToString());
        return composed.ToString();
    }

    private static void Decompose(int rune, Tables tables, List<int> runes)
    {
        int syllable = rune - HangulBase;
        if (syllable is >= 0 and < Leads * Vowels * Tails)
        {
            runes.Add(LeadBase + (syllable / (Vowels * Tails)));
            runes.Add(VowelBase + (syllable % (Vowels * Tails) / Tails));
            if (syllable % Tails > 0) runes.Add(TailBase + (syllable % Tails));
        }
        else if (tables.Decompositions.TryGetValue(rune, out int[]? parts))
        {
            foreach (int part in parts) Decompose(part, tables, runes);
        }
        else
        {
            runes.Add(rune);
        }
    }

    // Within each run of marks a stable sort by class.
    private static void Order(List<int> runes, Tables tables)
    {
        for (int start = 0; start < runes.Count; start++)
        {
            if (tables.ClassOf(runes[start]) == 0) continue;
            int end = start + 1;
            while (end < runes.Count && tables.ClassOf(runes[end]) != 0) end++;
            if (end - start > 1)
            {
                int[] ordered = [.. runes[start..end].OrderBy(tables.ClassOf)];
                for (int i = start; i < end; i++) runes[i] = ordered[i - start];
            }

            start = end;
        }
    }

    private static void Compose(List<int> runes, Tables tables)
    {
        int kept = 0;
        int starter = -1;
        int lastClass = 0;
        for (int i = 0; i < runes.Count; i++)
        {
            int rune = runes[i];
            int mark = tables.ClassOf(rune);
            // A character is blocked from the starter by one between them of no lower class.
            bool blocked = kept - 1 > starter && (lastClass == 0 || lastClass >= mark);
            if (starter >= 0 && !blocked && TryPair(runes[starter], rune, tables, out int composed))
            {
                runes[starter] = composed;
                continue;
            }

            if (mark == 0) starter = kept;
            lastClass = mark;
            runes[kept++] = rune;
        }

        runes.RemoveRange(kept, runes.Count - kept);
    }

    private static bool TryPair(int first, int second, Tables tables, out int composed)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
        {
            composed = HangulBase + (((lead * Vowels) + vowel) * Tails);
            return true;
        }

        int syllable = first - HangulBase;
        int tail = second - TailBase;
        if (syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails)
        {
            composed = first + tail;
            return true;
        }

        return tables.Compositions.TryGetValue((first, second), out composed);
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, byte> _classes = [];

        public Dictionary<int, int[]> Decompositions { get; } = [];

        public Dictionary<(int First, int Second), int> Compositions { get; } = [];

        public static Tables Load()
        {
            var tables = new Tables();
            using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("canonical-mappings.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line) tables.Read(line);
            return tables;
        }

        public int ClassOf(int rune) => rune < FirstThatCanChange ? 0 : _classes.GetValueOrDefault(rune);

        private static int Code(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

        private void Read(string line)
        {
            int at = line.AsSpan().IndexOfAny('=', '>', '-');
            int code = Code(line.AsSpan(0, at));
            if (line[at] == '-')
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                int last = Code(line.AsSpan(at + 1, colon - at - 1));
                byte mark = byte.Parse(line.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture);
                for (int rune = code; rune <= last; rune++) _classes[rune] = mark;
                return;
            }

            int[] parts = [.. line[(at + 1)..].Split(' ').Select(part => Code(part))];
            Decompositions[code] = parts;
            if (line[at] == '=') Compositions[(parts[0], parts[1])] = code;
        }
    }
}
