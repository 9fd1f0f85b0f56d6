using System.Text;
using System.Text.RegularExpressions;

namespace Llumnix.Gpu.Chat;

/// <summary>
/// Llama 2's: user turns between <c>[INST]</c> and <c>[/INST]</c>, each opened by the begin token, the system message inside the
/// first, everything trimmed.
/// </summary>
internal sealed partial class Llama2Template : ChatTemplate
{
    private readonly string _begin;
    private readonly string _end;

    private Llama2Template(string begin, string end)
        : base("Llama 2")
    {
        _begin = begin;
        _end = end;
    }

    public static Llama2Template? TryRead(string jinja, string beginToken, string endToken)
    {
        bool fits = UserTurn().IsMatch(jinja) && AssistantTurn().IsMatch(jinja) && SystemPart().IsMatch(jinja);
        return fits && TemplateText.Literal(jinja).Length == 0 ? new Llama2Template(beginToken, endToken) : null;
    }

    private protected override void Write(StringBuilder text, ReadOnlySpan<ChatMessage> messages, bool addGenerationPrompt)
    {
        int all = messages.Length;
        string? system = TakeSystem(ref messages);
        RequireAlternation(messages, skipped: all - messages.Length);
        for (int i = 0; i < messages.Length; i++)
        {
            string content = messages[i].Content;
            if (i == 0 && system is not null) content = $"<<SYS>>\n{system}\n<</SYS>>\n\n{content}";
            if (messages[i].Role == UserRole) text.Append(_begin).Append("[INST] ").Append(content.Trim()).Append(" [/INST]");
            else text.Append(' ').Append(content.Trim()).Append(' ').Append(_end);
        }
    }

    [GeneratedRegex(@"bos_token *\+ *[""']\[INST\] [""'] *\+ *content(?:\.strip\(\)| *\| *trim) *\+ *[""'] \[/INST\][""']")]
    private static partial Regex UserTurn();

    [GeneratedRegex(@"[""'] [""'] *\+ *content(?:\.strip\(\)| *\| *trim) *\+ *[""'] [""'] *\+ *eos_token")]
    private static partial Regex AssistantTurn();

    [GeneratedRegex(
        @"[""']<<SYS>>" + TemplateText.NewLine + @"[""'] *\+ *system_message *\+ *[""']" + TemplateText.NewLine + "<</SYS>>"
        + TemplateText.NewLine + TemplateText.NewLine + @"[""'] *\+ *message\[[""']content[""']\]")]
    private static partial Regex SystemPart();
}
