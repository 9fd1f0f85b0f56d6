using System.Text;
using System.Text.RegularExpressions;

namespace Llumnix.Gpu.Chat;

/// <summary>
/// Qwen3's: ChatML in which what the assistant thought (<c>&lt;think&gt;</c>) stays in turns after the last user message only.
/// Generation prompts leave thinking on, as the template does unless told otherwise.
/// </summary>
internal sealed partial class Qwen3Template : ChatTemplate
{
    private const string ThinkStart = "<think>";
    private const string ThinkEnd = "</think>";

    private readonly string _generationPrompt;
    private readonly bool _lastTurnAlwaysThinks;

    private Qwen3Template(string generationPrompt, bool lastTurnAlwaysThinks)
        : base("Qwen3")
    {
        _generationPrompt = generationPrompt;
        _lastTurnAlwaysThinks = lastTurnAlwaysThinks;
    }

    public static Qwen3Template? TryRead(string jinja)
    {
        bool fits = Turn().IsMatch(jinja)
            && Thought().IsMatch(jinja)
            && jinja.Contains("last_query_index", StringComparison.Ordinal)
            && !Trim().IsMatch(jinja);
        if (!fits || TemplateText.Literal(jinja).Length > 0 || TemplateText.GenerationPrompt(jinja) is not { } prompt) return null;

        // What follows the prompt may only be the empty thought of those who turn thinking off.
        string tail = jinja[jinja.LastIndexOf("add_generation_prompt", StringComparison.Ordinal)..];
        int written = tail.Split("{{").Length - 1;
        if (written > (ThinkingOff().IsMatch(tail) ? 2 : 1)) return null;
        return new Qwen3Template(prompt, jinja.Contains("loop.last or", StringComparison.Ordinal));
    }

    private protected override void Write(StringBuilder text, ReadOnlySpan<ChatMessage> messages, bool addGenerationPrompt)
    {
        int lastQuery = LastQuery(messages);
        for (int i = 0; i < messages.Length; i++)
        {
            var message = messages[i];
            text.Append("<|im_start|>").Append(message.Role).Append('\n');
            if (message.Role == AssistantRole) AppendAnswer(text, message.Content, afterQuery: i > lastQuery, last: i == messages.Length - 1);
            else text.Append(message.Content);
            text.Append("<|im_end|>\n");
        }

        if (addGenerationPrompt) text.Append(_generationPrompt);
    }

    private static int LastQuery(ReadOnlySpan<ChatMessage> messages)
    {
        for (int i = messages.Length - 1; i >= 0; i--)
        {
            string content = messages[i].Content;
            bool toolAnswer = content.StartsWith("<tool_response>", StringComparison.Ordinal)
                && content.EndsWith("</tool_response>", StringComparison.Ordinal);
            if (messages[i].Role == UserRole && !toolAnswer) return i;
        }

        return messages.Length - 1;
    }

    private void AppendAnswer(StringBuilder text, string content, bool afterQuery, bool last)
    {
        string thought = "";
        int firstEnd = content.IndexOf(ThinkEnd, StringComparison.Ordinal);
        if (firstEnd >= 0)
        {
            thought = content[..firstEnd].TrimEnd('\n');
            int start = thought.LastIndexOf(ThinkStart, StringComparison.Ordinal);
            if (start >= 0) thought = thought[(start + ThinkStart.Length)..];
            thought = thought.Trim('\n');
            content = content[(content.LastIndexOf(ThinkEnd, StringComparison.Ordinal) + ThinkEnd.Length)..].TrimStart('\n');
        }

        if (afterQuery && ((last && _lastTurnAlwaysThinks) || thought.Length > 0))
        {
            text.Append(ThinkStart).Append('\n').Append(thought).Append('\n').Append(ThinkEnd).Append("\n\n");
            content = content.TrimStart('\n');
        }

        text.Append(content);
    }

    [GeneratedRegex(
        @"[""']<\|im_start\|>[""'] *\+ *message\.role *\+ *[""']" + TemplateText.NewLine + @"[""'] *\+ *" + TemplateText.Content
        + @" *\+ *[""']<\|im_end\|>[""'] *\+ *[""']" + TemplateText.NewLine + @"[""']")]
    private static partial Regex Turn();

    [GeneratedRegex(
        @"[""']" + TemplateText.NewLine + "<think>" + TemplateText.NewLine + @"[""'] *\+ *reasoning_content\.strip\([""']" + TemplateText.NewLine
        + @"[""']\) *\+ *[""']" + TemplateText.NewLine + "</think>" + TemplateText.NewLine + TemplateText.NewLine
        + @"[""'] *\+ *content\.lstrip\([""']" + TemplateText.NewLine + @"[""']\)")]
    private static partial Regex Thought();

    [GeneratedRegex(@"\| *trim")]
    private static partial Regex Trim();

    [GeneratedRegex(@"enable_thinking is defined and enable_thinking is false *-?%\}")]
    private static partial Regex ThinkingOff();
}
