using System.Text;
using System.Text.RegularExpressions;

namespace Llumnix.Gpu.Chat;

/// <summary>
/// Llama 3's: a header with the role before each trimmed turn. From 3.1 on there is always a system turn that starts with the dates of
/// knowledge and of today; today is the date the template itself falls back to, so that a conversation is the same text on every day.
/// </summary>
internal sealed partial class Llama3Template : ChatTemplate
{
    private readonly string _begin;
    private readonly string? _dates;

    private Llama3Template(string begin, string? dates)
        : base(dates is null ? "Llama 3" : "Llama 3.1")
    {
        _begin = begin;
        _dates = dates;
    }

    public static Llama3Template? TryRead(string jinja, string beginToken)
    {
        if (!Turn().IsMatch(jinja) || TemplateText.Literal(jinja).Length > 0) return null;
        string begin = jinja.Contains("bos_token", StringComparison.Ordinal) ? beginToken : "";
        var knowledge = KnowledgeDate().Match(jinja);
        if (!knowledge.Success) return new Llama3Template(begin, null);

        var today = FallbackDate().Match(jinja);
        return today.Success
            ? new Llama3Template(begin, $"{knowledge.Value}\nToday Date: {today.Groups["date"].Value}\n\n")
            : null;
    }

    private protected override void Write(StringBuilder text, ReadOnlySpan<ChatMessage> messages, bool addGenerationPrompt)
    {
        text.Append(_begin);
        if (_dates is not null)
        {
            string system = TakeSystem(ref messages) ?? "";
            AppendTurn(text, SystemRole, _dates + system.Trim());
        }

        foreach (var message in messages) AppendTurn(text, message.Role, message.Content.Trim());
        if (addGenerationPrompt) AppendHeader(text, AssistantRole);
    }

    private static void AppendTurn(StringBuilder text, string role, string content)
    {
        AppendHeader(text, role);
        text.Append(content).Append("<|eot_id|>");
    }

    private static void AppendHeader(StringBuilder text, string role) =>
        text.Append("<|start_header_id|>").Append(role).Append("<|end_header_id|>\n\n");

    [GeneratedRegex(
        @"<\|start_header_id\|>[""'] *\+ *message\[[""']role[""']\] *\+ *[""']<\|end_header_id\|>" + TemplateText.NewLine + TemplateText.NewLine
        + @"[""'] *\+ *message\[[""']content[""']\] *\| *trim *\+ *[""']<\|eot_id\|>[""']")]
    private static partial Regex Turn();

    [GeneratedRegex(@"Cutting Knowledge Date: \w+ \d+")]
    private static partial Regex KnowledgeDate();

    [GeneratedRegex(@"date_string = [""'](?<date>\d+ \w+ \d+)[""']")]
    private static partial Regex FallbackDate();
}
