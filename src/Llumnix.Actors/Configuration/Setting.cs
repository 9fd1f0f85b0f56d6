using System.Globalization;
using System.Text;

namespace Llumnix.Actors.Configuration;

/// <summary>One key with its value: a text, a list of texts, or (neither) an empty section.</summary>
internal sealed record Setting(IReadOnlyList<string> Path, string? Text, IReadOnlyList<string>? Items, SettingOrigin Origin)
{
    /// <summary>The path with dots, segments quoted where HOCON asks for it.</summary>
    public string Key { get; } = string.Join('.', Path.Select(QuoteSegment));

    /// <summary>The value as HOCON.</summary>
    public string Value =>
        Text is not null ? QuoteValue(Text)
        : Items is not null ? $"[{string.Join(", ", Items.Select(QuoteValue))}]"
        : "{}";

    /// <summary>One segment of a key as it is written.</summary>
    public static string QuoteSegment(string text) => text.All(IsPlain) ? text : Quoted(text);

    private static string QuoteValue(string text) => text.Length > 0 && text.All(c => IsPlain(c) || c == '.') ? text : Quoted(text);

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
