using System.Text;
using System.Text.RegularExpressions;

namespace Llumnix.Gpu.Chat;

/// <summary>Zephyr's and TinyLlama's: a line with the role, the turn, the end token and a line break.</summary>
internal sealed partial class ZephyrTemplate : ChatTemplate
{
    private readonly string _end;

    private ZephyrTemplate(string end)
        : base("Zephyr")
    {
        _end = end;
    }

    public static ZephyrTemplate? TryRead(string jinja, string endToken)
    {
        // The line breaks behind the turns and behind the generation prompt stand outside of expressions.
        bool fits = Turns().Count(jinja) == 3
            && TemplateText.GenerationPrompt(jinja) == "<|assistant|>"
            && TemplateText.Literal(jinja) == "\n\n\n\n";
        return fits ? new ZephyrTemplate(endToken) : null;
    }

    private protected override void Write(StringBuilder text, ReadOnlySpan<ChatMessage> messages, bool addGenerationPrompt)
    {
        foreach (var message in messages)
            text.Append("<|").Append(message.Role).Append("|>\n").Append(message.Content).Append(_end).Append('\n');
        if (addGenerationPrompt) text.Append("<|assistant|>\n");
    }

    [GeneratedRegex(
        @"\{\{ *[""']<\|(?:system|user|assistant)\|>" + TemplateText.NewLine + @"[""'] *\+ *message\[[""']content[""']\] *\+ *eos_token *\}\}")]
    private static partial Regex Turns();
}
