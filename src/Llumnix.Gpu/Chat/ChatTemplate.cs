using System.Globalization;
using System.Text;

namespace Llumnix.Gpu.Chat;

/// <summary>
/// How a family of models writes a conversation as one text. A model's template is a Jinja program; it is not run but recognised by the
/// strings it writes, and what differs between models of a family (a default system prompt, spaces, dates) is read out of it.
/// </summary>
public abstract class ChatTemplate
{
    private protected const string SystemRole = "system";
    private protected const string UserRole = "user";
    private protected const string AssistantRole = "assistant";

    /// <summary>The families that can be recognised.</summary>
    public const string Recognised = "ChatML, Llama 2, Llama 3, Mistral and Zephyr";

    private protected ChatTemplate(string name)
    {
        Name = name;
    }

    /// <summary>Which template this is, for the log and for messages, for example <c>ChatML</c>.</summary>
    public string Name { get; }

    /// <summary>The template that a Jinja text is, or null where it is none that is known.</summary>
    /// <param name="jinja">The text, as <c>chat_template</c> in <c>tokenizer_config.json</c> has it.</param>
    /// <param name="beginToken">How the model's begin-of-sequence token is written; empty where it has none.</param>
    /// <param name="endToken">How its end-of-sequence token is written; empty where it has none.</param>
    public static ChatTemplate? Recognise(string jinja, string beginToken, string endToken)
    {
        jinja = jinja.ReplaceLineEndings("\n");
        return Qwen3Template.TryRead(jinja)
            ?? ChatMLTemplate.TryRead(jinja, beginToken)
            ?? Llama3Template.TryRead(jinja, beginToken)
            ?? Llama2Template.TryRead(jinja, beginToken, endToken)
            ?? MistralTemplate.TryRead(jinja, beginToken, endToken)
            ?? (ChatTemplate?)ZephyrTemplate.TryRead(jinja, endToken);
    }

    /// <summary>
    /// The conversation as text. Where the family's text starts with a begin-of-sequence token it is in the text, so the text is to be
    /// encoded without adding special tokens. A <see cref="ChatTemplateException"/> says what is wrong with the messages.
    /// </summary>
    /// <param name="messages">The turns, oldest first, at least one.</param>
    /// <param name="addGenerationPrompt">Whether the text ends with the start of an assistant's turn, for the model to go on from.</param>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        if (messages.Count == 0) throw new ChatTemplateException("messages is empty; at least one message is needed.");

        var checkedMessages = new ChatMessage[messages.Count];
        for (int i = 0; i < messages.Count; i++)
        {
            checkedMessages[i] = messages[i].Role switch
            {
                SystemRole or UserRole or AssistantRole => messages[i],
                "developer" => messages[i] with { Role = SystemRole },
                "tool" or "function" => throw new ChatTemplateException(
                    string.Create(CultureInfo.InvariantCulture, $"messages[{i}] has the role \"{messages[i].Role}\"; tool calls are not supported.")),
                var role => throw new ChatTemplateException(
                    string.Create(CultureInfo.InvariantCulture, $"messages[{i}] has the role \"{role}\"; supported are system, user and assistant.")),
            };
        }

        var text = new StringBuilder();
        Write(text, checkedMessages, addGenerationPrompt);
        return text.ToString();
    }

    private protected abstract void Write(StringBuilder text, ReadOnlySpan<ChatMessage> messages, bool addGenerationPrompt);

    /// <summary>Takes a system message at the start off; null where there is none.</summary>
    private protected static string? TakeSystem(ref ReadOnlySpan<ChatMessage> messages)
    {
        if (messages[0].Role != SystemRole) return null;
        string content = messages[0].Content;
        messages = messages[1..];
        return content;
    }

    /// <summary>Demands that user and assistant alternate, a user first.</summary>
    /// <param name="turns">The messages behind the system message.</param>
    /// <param name="skipped">How many messages were before them.</param>
    private protected void RequireAlternation(ReadOnlySpan<ChatMessage> turns, int skipped)
    {
        if (turns.IsEmpty) throw new ChatTemplateException($"messages has no user message, which the {Name} template needs.");
        for (int i = 0; i < turns.Length; i++)
        {
            string wanted = i % 2 == 0 ? UserRole : AssistantRole;
            if (turns[i].Role != wanted)
            {
                throw new ChatTemplateException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"messages[{i + skipped}] has the role \"{turns[i].Role}\", but the {Name} template needs \"{wanted}\" there: after an optional system message, user and assistant must alternate."));
            }
        }
    }
}
