using System.Text;
using System.Text.RegularExpressions;

namespace Llumnix.Gpu.Chat;

/// <summary>Reads things out of the text of a Jinja template.</summary>
internal static partial class TemplateText
{
    /// <summary>A regular expression for a line break in a Jinja string: itself, or as an escape.</summary>
    public const string NewLine = @"(?:\\n|\n)";

    /// <summary>A regular expression for a turn's content as templates name it.</summary>
    public const string Content = """(?:message\.content|message\[["']content["']\]|content)""";

    /// <summary>
    /// What the template writes outside of expressions, with transformers' settings (a line break behind a block and white space before
    /// one on its line are dropped, and what a dash asks for). Most templates write nothing there, so anything found is a difference.
    /// </summary>
    public static string Literal(string jinja)
    {
        var literal = new StringBuilder();
        string? before = null;
        int from = 0;
        foreach (Match tag in Tags().Matches(jinja))
        {
            literal.Append(Trimmed(jinja[from..tag.Index], before, tag.Value));
            before = tag.Value;
            from = tag.Index + tag.Length;
        }

        string rest = Trimmed(jinja[from..], before, null);
        return literal.Append(rest.EndsWith('\n') ? rest[..^1] : rest).ToString();
    }

    /// <summary>A Jinja string's text with its escapes resolved.</summary>
    public static string Unescape(string text) => text
        .Replace("\\n", "\n", StringComparison.Ordinal)
        .Replace("\\'", "'", StringComparison.Ordinal)
        .Replace("\\\"", "\"", StringComparison.Ordinal);

    /// <summary>The string that the template writes when a generation prompt is asked for; null where it writes none.</summary>
    public static string? GenerationPrompt(string jinja)
    {
        var match = GenerationPromptString().Match(jinja);
        return match.Success ? Unescape(match.Groups["text"].Value) : null;
    }

    private static string Trimmed(string text, string? before, string? after)
    {
        if (before is not null)
        {
            if (before[^3] == '-') text = text.TrimStart();
            else if (IsBlock(before) && text.StartsWith('\n')) text = text[1..];
        }

        if (after is not null)
        {
            if (after[2] == '-') return text.TrimEnd();
            if (IsBlock(after))
            {
                string stripped = text.TrimEnd(' ', '\t');
                bool alone = stripped.EndsWith('\n') || (stripped.Length == 0 && (before is null || IsBlock(before)));
                if (alone) return stripped;
            }
        }

        return text;
    }

    private static bool IsBlock(string tag) => tag[1] is '%' or '#';

    // Braces inside an expression's strings do not end it.
    [GeneratedRegex(
        @"\{%(?:'(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*""|[^'""])*?%\}|\{\{(?:'(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*""|[^'""])*?\}\}|\{#.*?#\}",
        RegexOptions.Singleline)]
    private static partial Regex Tags();

    [GeneratedRegex("""add_generation_prompt[^%]*%\}\s*\{\{-?\s*(?<quote>["'])(?<text>.*?)(?<!\\)\k<quote>\s*-?\}\}""", RegexOptions.Singleline)]
    private static partial Regex GenerationPromptString();
}
