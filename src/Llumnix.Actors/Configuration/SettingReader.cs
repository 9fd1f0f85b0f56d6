using System.Globalization;

namespace Llumnix.Actors.Configuration;

/// <summary>
/// Takes typed values out of a table and remembers which keys it was asked for; those are the known ones. Every error is a
/// <see cref="ConfigurationException"/> sentence: key, value, where it was written, what would be right.
/// </summary>
internal sealed class SettingReader(SettingTable table)
{
    private const string Auto = "auto";

    private static readonly (string Unit, double Milliseconds)[] DurationUnits =
        [("us", 0.001), ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    private static readonly (string Unit, long Bytes)[] SizeUnits =
    [
        ("B", 1), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
    ];

    private readonly SortedSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>The keys asked for so far, sorted.</summary>
    public IReadOnlyCollection<string> Known => _known;

    /// <summary>The names of the sections within a section that has any names, in order; settings without a value count.</summary>
    public IReadOnlyList<string> Sections(string section)
    {
        _known.Add(section);
        var path = section.Split('.');
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (var setting in table.All.Where(setting => setting.Path.Take(path.Length).SequenceEqual(path)))
        {
            if (setting.Path.Count > path.Length) names.Add(setting.Path[path.Length]);
            else if (setting.Text is not null || setting.Items is not null) throw Wrong(section, "must be a section, with a section for each name");
        }

        return [.. names];
    }

    /// <summary>Whether a key has a value at all, for those that need none.</summary>
    public bool IsSet(string key)
    {
        _known.Add(key);
        return table.Find(key) is { } setting && (setting.Text is not null || setting.Items is not null);
    }

    /// <summary>Whether nobody set a key over the program's own files.</summary>
    public bool IsDefault(string key) => Find(key).Origin.IsDefault;

    /// <summary>A text, not empty.</summary>
    public string Text(string key) => Scalar(key) is { Length: > 0 } text ? text : throw Wrong(key, "must not be empty");

    /// <summary>A text, possibly empty.</summary>
    public string Words(string key) => Scalar(key);

    /// <summary>A whole number in [<paramref name="least"/>, <paramref name="most"/>].</summary>
    public int Whole(string key, int least, int most) => WholeOf(key, least, most, "");

    /// <summary>A whole number in [<paramref name="least"/>, <paramref name="most"/>], or null for <c>auto</c>.</summary>
    public int? WholeOrAuto(string key, int least, int most) => Scalar(key) == Auto ? null : WholeOf(key, least, most, "auto or ");

    /// <summary>A number in [<paramref name="least"/>, <paramref name="most"/>].</summary>
    public double Number(string key, double least, double most) =>
        double.TryParse(Scalar(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most
            ? number
            : throw Wrong(key, string.Create(CultureInfo.InvariantCulture, $"must be a number from {least} to {most}"));

    /// <summary>on, true or yes; off, false or no.</summary>
    public bool Flag(string key) => Scalar(key) switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        _ => throw Wrong(key, "must be on or off"),
    };

    /// <summary>A time span with its unit, in [<paramref name="least"/>, <paramref name="most"/>].</summary>
    public TimeSpan Duration(string key, TimeSpan least, TimeSpan most)
    {
        string right = $"must be a time with its unit (us, ms, s, m, h, d) from {Format(least)} to {Format(most)}";
        var (number, unit) = Split(Scalar(key)) ?? throw Wrong(key, right);
        foreach (var (name, milliseconds) in DurationUnits)
        {
            if (name != unit) continue;
            double total = number * milliseconds;
            if (total >= least.TotalMilliseconds && total <= most.TotalMilliseconds) return TimeSpan.FromMilliseconds(total);
        }

        throw Wrong(key, right);
    }

    /// <summary>A number of bytes with its unit, in [<paramref name="least"/>, <paramref name="most"/>].</summary>
    public long Size(string key, long least, long most) => SizeOf(key, least, most, "");

    /// <summary>A number of bytes with its unit, in [<paramref name="least"/>, <paramref name="most"/>], or null for <c>auto</c>.</summary>
    public long? SizeOrAuto(string key, long least, long most) => Scalar(key) == Auto ? null : SizeOf(key, least, most, "auto or ");

    /// <summary>One of the named values.</summary>
    public T Choice<T>(string key, params (string Name, T Value)[] choices)
    {
        string text = Scalar(key);
        foreach (var (name, value) in choices)
        {
            if (name == text) return value;
        }

        throw Wrong(key, $"must be {string.Join(", ", choices[..^1].Select(choice => choice.Name))} or {choices[^1].Name}");
    }

    /// <summary>A list of texts, none empty; a plain text is split at its commas, so that a list fits on a command line.</summary>
    public IReadOnlyList<string> List(string key)
    {
        var setting = Find(key);
        string[] items = setting.Items is { } list
            ? [.. list]
            : setting.Text is { } text ? text.Split(',', StringSplitOptions.TrimEntries) : throw Wrong(key, "must be a list");
        if (items is [""]) return [];
        return items.Any(string.IsNullOrWhiteSpace) ? throw Wrong(key, "must have no empty item") : items;
    }

    /// <summary>A path made absolute: from the folder of the file it stands in, or from the current one if it stands in no file.</summary>
    public string FullPath(string key) => Path.GetFullPath(Text(key), Find(key).Origin.Folder);

    /// <summary>The error that <paramref name="key"/> has the wrong value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="right">What it must be, beginning with "must".</param>
    public ConfigurationException Wrong(string key, string right) => new($"{Told(key)}; it {right}.");

    /// <summary>The error that two keys do not go together.</summary>
    /// <param name="first">One key.</param>
    /// <param name="second">The other key.</param>
    /// <param name="right">How they would, as the sentence's second half.</param>
    public ConfigurationException Contradiction(string first, string second, string right) => new($"{Told(first)} and {Told(second)}; {right}.");

    /// <summary>Refuses every setting outside <c>akka</c> that nobody asked for.</summary>
    /// <exception cref="ConfigurationException">There is one; the nearest known key is suggested.</exception>
    public void RefuseUnknown()
    {
        foreach (var setting in table.All.OrderBy(setting => setting.Key, StringComparer.Ordinal))
        {
            string key = setting.Key;
            if (setting.Path[0] == AkkaSettings.Root || _known.Contains(key)) continue;

            bool isSection = _known.Any(known => known.StartsWith(key + ".", StringComparison.Ordinal));
            if (isSection && setting.Text is null && setting.Items is null) continue;
            if (isSection) throw new ConfigurationException($"{Told(setting)}, but {key} is a section; set its keys, such as {_known.First(known => known.StartsWith(key + ".", StringComparison.Ordinal))}.");

            string? nearest = _known.FirstOrDefault(known => known.EndsWith("." + key, StringComparison.Ordinal)) ?? NearestWord.Of(key, _known);
            string hint = nearest is not null ? $"did you mean {nearest}?" : "all keys stand in the files of the folder hocon beside the program.";
            throw new ConfigurationException($"{key} ({setting.Origin}) is not a key of the configuration; {hint}");
        }
    }

    private static string Format(TimeSpan span)
    {
        var (unit, milliseconds) = DurationUnits.Last(entry => entry.Milliseconds <= Math.Max(span.TotalMilliseconds, 0.001) && span.TotalMilliseconds % entry.Milliseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds / milliseconds}{unit}");
    }

    private static string Format(long bytes)
    {
        var (unit, size) = SizeUnits.Where(entry => bytes >= entry.Bytes && bytes % entry.Bytes == 0).DefaultIfEmpty(SizeUnits[0]).MaxBy(entry => entry.Bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{unit}");
    }

    private static (double Number, string Unit)? Split(string text)
    {
        int end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.')) end++;
        return double.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? (number, text[end..].Trim())
            : null;
    }

    private static string Told(Setting setting) => $"{setting.Key} is {setting.Value} ({setting.Origin})";

    private string Told(string key) => Told(Find(key));

    private int WholeOf(string key, int least, int most, string orAuto) =>
        int.TryParse(Scalar(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw Wrong(key, string.Create(CultureInfo.InvariantCulture, $"must be {orAuto}a whole number from {least} to {most}"));

    private long SizeOf(string key, long least, long most, string orAuto)
    {
        string right = $"must be {orAuto}a size with its unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB) from {Format(least)} to {Format(most)}";
        var (number, unit) = Split(Scalar(key)) ?? throw Wrong(key, right);
        foreach (var (name, bytes) in SizeUnits)
        {
            if (name != unit) continue;
            double total = Math.Floor(number * bytes);
            if (total >= least && total <= most) return (long)total;
        }

        throw Wrong(key, right);
    }

    private string Scalar(string key) => Find(key).Text ?? throw Wrong(key, "must be one plain value");

    private Setting Find(string key)
    {
        _known.Add(key);
        return table.Find(key) ?? throw new ConfigurationException(
            $"{key} has no value; the file of the folder hocon beside the program that gives its default is missing or of another version.");
    }
}
