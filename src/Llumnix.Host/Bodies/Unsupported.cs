using System.Text.Json;
using Llumnix.Host.Api;

namespace Llumnix.Host.Bodies;

/// <summary>Keys that change what is generated and that the engine has no answer to: refused, because to ignore them would be to lie.</summary>
internal static class Unsupported
{
    private static readonly string[] Everywhere =
    [
        "use_beam_search", "prompt_logprobs", "truncate_prompt_tokens", "structured_outputs", "guided_json", "guided_regex", "guided_choice",
        "guided_grammar", "prompt_embeds", "bad_words", "allowed_token_ids",
    ];

    private static readonly string[] InCompletions = ["suffix"];

    private static readonly string[] InChat =
    [
        "tools", "functions", "function_call", "audio", "web_search_options", "chat_template", "continue_final_message", "echo", "prediction",
    ];

    /// <summary>Throws on the first of them that is set to anything but null, false, zero or nothing.</summary>
    public static void Refuse(JsonBody body, bool chat)
    {
        foreach (string key in Everywhere) RefuseKey(body, key);
        foreach (string key in chat ? InChat : InCompletions) RefuseKey(body, key);
        if (!body.Boolean("skip_special_tokens", true)) throw No("skip_special_tokens", "false");
        if (body.TryGet("response_format", out JsonElement format)
            && !(format.ValueKind == JsonValueKind.Object && format.TryGetProperty("type", out JsonElement type) && type.ValueEquals("text")))
        {
            throw ApiException.Invalid("response_format", "response_format of another type than \"text\" is not supported.");
        }

        if (!chat) return;
        if (body.TryGet("tool_choice", out JsonElement choice) && !(choice.ValueKind == JsonValueKind.String && choice.ValueEquals("none")))
        {
            throw No("tool_choice", JsonBody.Shown(choice));
        }

        foreach (string modality in body.Strings("modalities"))
        {
            if (modality != "text") throw ApiException.Invalid("modalities", $"modalities may only be [\"text\"]; {modality} is not supported.");
        }
    }

    private static void RefuseKey(JsonBody body, string key)
    {
        if (!body.TryGet(key, out JsonElement value)) return;
        bool nothing = value.ValueKind switch
        {
            JsonValueKind.False => true,
            JsonValueKind.String => value.ValueEquals(""),
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Number => value.GetDouble() == 0 && key != "prompt_logprobs",
            JsonValueKind.Object => !value.EnumerateObject().MoveNext(),
            _ => false,
        };
        if (!nothing) throw ApiException.Invalid(key, $"{key} is not supported here; leave it out.");
    }

    private static ApiException No(string key, string value) => ApiException.Invalid(key, $"{key} may not be {value}: that is not supported here.");
}
