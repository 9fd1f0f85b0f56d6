using System.Text.Json;

namespace Llumnix.Host.Generation;

/// <summary>Writes how many tokens a call took.</summary>
internal static class UsageJson
{
    public static void Write(Utf8JsonWriter json, int promptTokens, int completionTokens)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, promptTokens);
        json.WriteNumber("completion_tokens"u8, completionTokens);
        json.WriteNumber("total_tokens"u8, promptTokens + completionTokens);
        json.WriteEndObject();
    }
}
