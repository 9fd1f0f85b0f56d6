using System.Text;
using System.Text.RegularExpressions;

namespace Llumnix.Gpu.Chat;

/// <summary>
/// ChatML, of Qwen2 and many others: each turn between <c>&lt;|im_start|&gt;role</c> and <c>&lt;|im_end|&gt;</c>, and where the
/// template has one, its own system prompt if the conversation starts with none.
/// </summary>
internal sealed partial class ChatMLTemplate : ChatTemplate
{
    private readonly string _begin;
    private readonly string? _defaultSystem;
    private readonly string _generationPrompt;

    private ChatMLTemplate(string begin, string? defaultSystem, string generationPrompt)
        : base(defaultSystem is null ? "ChatML" : "ChatML with a default system prompt")
    {
        _begin = begin;
        _defaultSystem = defaultSystem;
        _generationPrompt = generationPrompt;
    }

    public static ChatMLTemplate? TryRead(string jinja, string beginToken)
    {
        if (!Turn().IsMatch(jinja) || jinja.Contains("<think>", StringComparison.Ordinal)) return null;
        if (TemplateText.Literal(jinja).Length > 0 || TemplateText.GenerationPrompt(jinja) is not { } prompt) return null;
        if (!prompt.StartsWith("<|im_start|>assistant", StringComparison.Ordinal)) return null;

        var system = DefaultSystem().Match(jinja);
        return new ChatMLTemplate(
            jinja.Contains("bos_token", StringComparison.Ordinal) ? beginToken : "",
            system.Success ? TemplateText.Unescape(system.Groups["text"].Value) : null,
            prompt);
    }

    private protected override void Write(StringBuilder text, ReadOnlySpan<ChatMessage> messages, bool addGenerationPrompt)
    {
        text.Append(_begin);
        if (_defaultSystem is not null && messages[0].Role != SystemRole) AppendTurn(text, SystemRole, _defaultSystem);
        foreach (var message in messages) AppendTurn(text, message.Role, message.Content);
        if (addGenerationPrompt) text.Append(_generationPrompt);
    }

    private static void AppendTurn(StringBuilder text, string role, string content) =>
        text.Append("<|im_start|>").Append(role).Append('\n').Append(content).Append("<|im_end|>\n");

    [GeneratedRegex(
        @"<\|im_start\|>(?:[""'] *\+ *[\w.\[\]""']+ *\+ *[""']|\w+)" + TemplateText.NewLine + @"[""'] *\+ *" + TemplateText.Content
        + @" *\+ *[""']<\|im_end\|>(?:[""'] *\+ *[""'])?" + TemplateText.NewLine + @"[""']")]
    private static partial Regex Turn();

    [GeneratedRegex(@"<\|im_start\|>system" + TemplateText.NewLine + @"(?<text>(?:[^""'{}<\\]|\\.)+)<\|im_end\|>", RegexOptions.Singleline)]
    private static partial Regex DefaultSystem();
}
