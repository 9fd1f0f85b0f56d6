using System.Text;
using System.Text.RegularExpressions;

namespace Llumnix.Gpu.Chat;

/// <summary>
/// Mistral's: user turns between <c>[INST]</c> and <c>[/INST]</c> behind one begin token. Versions differ in the spaces around the
/// marks, in trimming answers, and in where a system message goes: nowhere, before the first user turn, or before the last.
/// </summary>
internal sealed partial class MistralTemplate : ChatTemplate
{
    private readonly string _begin;
    private readonly string _end;
    private readonly string _open;
    private readonly string _close;
    private readonly string _beforeAnswer;
    private readonly bool _trimsAnswers;
    private readonly SystemPlace _place;

    private MistralTemplate(string begin, string end, Match user, Match assistant, SystemPlace place)
        : base("Mistral")
    {
        _begin = begin;
        _end = end;
        _open = user.Groups["open"].Value;
        _close = user.Groups["close"].Value;
        _beforeAnswer = assistant.Groups["before"].Value;
        _trimsAnswers = assistant.Groups["trim"].Success;
        _place = place;
    }

    private enum SystemPlace
    {
        Refused,
        FirstTurn,
        LastTurn,
    }

    public static MistralTemplate? TryRead(string jinja, string beginToken, string endToken)
    {
        var user = UserTurn().Match(jinja);
        var assistant = AssistantTurn().Match(jinja);
        bool other = jinja.Contains("[SYSTEM_PROMPT]", StringComparison.Ordinal) || jinja.Contains("<<SYS>>", StringComparison.Ordinal);
        if (!user.Success || !assistant.Success || other || TemplateText.Literal(jinja).Length > 0) return null;
        if (!BeginFirst().IsMatch(jinja)) return null;

        var system = SystemPart().Match(jinja);
        if (!system.Success && jinja.Contains("system_message", StringComparison.Ordinal)) return null;
        var place = !system.Success ? SystemPlace.Refused
            : system.Groups["place"].Value == "first" ? SystemPlace.FirstTurn
            : SystemPlace.LastTurn;
        return new MistralTemplate(beginToken, endToken, user, assistant, place);
    }

    private protected override void Write(StringBuilder text, ReadOnlySpan<ChatMessage> messages, bool addGenerationPrompt)
    {
        int all = messages.Length;
        string? system = TakeSystem(ref messages);
        if (system is not null && _place == SystemPlace.Refused)
            throw new ChatTemplateException("messages[0] has the role \"system\", which this model's Mistral template does not take.");

        RequireAlternation(messages, skipped: all - messages.Length);
        text.Append(_begin);
        int systemTurn = _place == SystemPlace.FirstTurn ? 0 : messages.Length - 1;
        for (int i = 0; i < messages.Length; i++)
        {
            string content = messages[i].Content;
            if (messages[i].Role == UserRole)
            {
                text.Append(_open);
                if (system is not null && i == systemTurn) text.Append(system).Append("\n\n");
                text.Append(content).Append(_close);
            }
            else
            {
                text.Append(_beforeAnswer).Append(_trimsAnswers ? content.Trim() : content).Append(_end);
            }
        }
    }

    [GeneratedRegex(@"[""'](?<open> ?\[INST\] ?)[""'] *\+ *message\[[""']content[""']\] *\+ *[""'](?<close> ?\[/INST\])[""']")]
    private static partial Regex UserTurn();

    [GeneratedRegex(@"\{\{-? ?(?:[""'](?<before> )[""'] *\+ *)?message\[[""']content[""']\](?<trim> *\| *trim)? *\+ *eos_token ?-?\}\}")]
    private static partial Regex AssistantTurn();

    [GeneratedRegex(
        @"loop\.(?<place>first|last) and system_message is defined %\}\s*\{\{-? ?[""'] ?\[INST\] ?[""'] *\+ *system_message *\+ *[""']"
        + TemplateText.NewLine + TemplateText.NewLine + @"[""'] *\+ *message\[[""']content[""']\] *\+ *[""'] ?\[/INST\][""']")]
    private static partial Regex SystemPart();

    [GeneratedRegex(@"\{\{-? ?bos_token ?-?\}\}")]
    private static partial Regex BeginFirst();
}
