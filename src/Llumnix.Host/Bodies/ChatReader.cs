using System.Text;
using System.Text.Json;
using Llumnix.Gpu.Chat;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Api;
using Llumnix.Host.Models;
using Llumnix.Scheduling.Priorities;

namespace Llumnix.Host.Bodies;

/// <summary>Reads the body of <c>/v1/chat/completions</c>.</summary>
internal static class ChatReader
{
    private const int MaxTopLogprobs = 20;

    public static GenerationCall Read(JsonBody body, ModelCatalog models, PriorityClasses priorities, int maxChoices)
    {
        ServedModel model = models.Of(body);
        Unsupported.Refuse(body, chat: true);
        int[] tokens = Prompt(body, model);
        int choices = SamplingReader.Choices(body, 1, maxChoices);
        string limitKey = body.Has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
        int maxTokens = SamplingReader.MaxTokens(body.Integer(limitKey), model.DefaultMaxTokens ?? model.Context, tokens.Length, model, limitKey);
        SamplingParameters sampling = SamplingReader.Read(body, model) with { MaxTokens = maxTokens, Logprobs = Logprobs(body) };
        SamplingReader.Check(sampling, model);
        return new GenerationCall
        {
            Model = model,
            Chat = true,
            Prompts = [new PromptInput(tokens, "", maxTokens)],
            Sampling = sampling,
            Choices = choices,
            Priority = SamplingReader.Priority(body, priorities),
            Stream = body.Boolean("stream", false),
            IncludeUsage = body.Object("stream_options")?.Boolean("include_usage", false) ?? false,
            ReturnTokenIds = body.Boolean("return_token_ids", false),
        };
    }

    /// <summary>The tokens of a body's <c>messages</c>.</summary>
    public static int[] Prompt(JsonBody body, ServedModel model)
    {
        string text = model.RenderChat(Turns(body), body.Boolean("add_generation_prompt", true));
        // A template writes the special tokens itself.
        int[] tokens = model.Encode(text, body.Boolean("add_special_tokens", false), "messages");
        model.CheckPrompt(tokens, "messages");
        return tokens;
    }

    private static int? Logprobs(JsonBody body)
    {
        int? top = body.Integer("top_logprobs");
        if (top is < 0 or > MaxTopLogprobs)
        {
            throw ApiException.Invalid("top_logprobs", $"top_logprobs is {top}, but must be from 0 to {MaxTopLogprobs}.");
        }

        bool wanted = body.Boolean("logprobs", false);
        if (top > 0 && !wanted) throw ApiException.Invalid("top_logprobs", "top_logprobs needs logprobs to be true.");
        return wanted ? top ?? 0 : null;
    }

    private static List<ChatMessage> Turns(JsonBody body)
    {
        if (!body.TryGet("messages", out JsonElement messages))
        {
            throw ApiException.Invalid("messages", "messages is missing; give a list of objects with role and content.");
        }

        if (messages.ValueKind != JsonValueKind.Array) throw JsonBody.Wrong("messages", "a list of objects with role and content", messages);
        var turns = new List<ChatMessage>(messages.GetArrayLength());
        foreach (JsonElement message in messages.EnumerateArray())
        {
            string key = $"messages[{turns.Count}]";
            if (message.ValueKind != JsonValueKind.Object) throw JsonBody.Wrong(key, "an object with role and content", message);
            turns.Add(Turn(new JsonBody(message), key));
        }

        return turns.Count > 0 ? turns : throw ApiException.Invalid("messages", "messages is empty; at least one message is needed.");
    }

    private static ChatMessage Turn(JsonBody message, string key)
    {
        if (!message.TryGet("role", out JsonElement roleValue)) throw ApiException.Invalid("messages", $"{key}.role is missing.");
        string role = JsonBody.StringOf(roleValue, $"{key}.role");

        if (message.TryGet("tool_calls", out JsonElement calls) && !(calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() == 0))
        {
            throw ApiException.Invalid("messages", $"{key}.tool_calls: tool calls are not supported.");
        }

        if (!message.TryGet("content", out JsonElement content)) throw ApiException.Invalid("messages", $"{key}.content is missing.");
        return new ChatMessage(role, content.ValueKind switch
        {
            JsonValueKind.String => JsonBody.StringOf(content, $"{key}.content"),
            JsonValueKind.Array => Parts(content, $"{key}.content"),
            _ => throw JsonBody.Wrong($"{key}.content", "a string or a list of parts", content),
        });
    }

    private static string Parts(JsonElement parts, string key)
    {
        var text = new StringBuilder();
        int at = 0;
        foreach (JsonElement item in parts.EnumerateArray())
        {
            string itemKey = $"{key}[{at++}]";
            if (item.ValueKind == JsonValueKind.String)
            {
                text.Append(JsonBody.StringOf(item, itemKey));
                continue;
            }

            if (item.ValueKind != JsonValueKind.Object) throw JsonBody.Wrong(itemKey, "an object of type text", item);
            var part = new JsonBody(item);
            string? type = part.String("type");
            if (type is not "text") throw ApiException.Invalid("messages", $"{itemKey}.type is {(type is null ? "missing" : $"\"{type}\"")}: only text parts are supported.");
            text.Append(part.String("text") ?? throw ApiException.Invalid("messages", $"{itemKey}.text is missing."));
        }

        return text.ToString();
    }
}
