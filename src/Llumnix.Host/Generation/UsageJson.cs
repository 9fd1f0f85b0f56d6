using System.Text.Json;
using Llumnix.Actors.Sessions;

namespace Llumnix.Host.Generation;

/// <summary>Writes how many tokens a call took, and under <c>llumnix</c>, which other clients ignore, what it went through.</summary>
internal static class UsageJson
{
    public static void Write(Utf8JsonWriter json, int promptTokens, int completionTokens, RequestMoves moves)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, promptTokens);
        json.WriteNumber("completion_tokens"u8, completionTokens);
        json.WriteNumber("total_tokens"u8, promptTokens + completionTokens);
        json.WriteStartObject("llumnix"u8);
        json.WriteNumber("migrations"u8, moves.Downtimes.Length);
        json.WriteStartArray("downtimes_ms"u8);
        foreach (TimeSpan? downtime in moves.Downtimes)
        {
            if (downtime is { } known) json.WriteNumberValue(Math.Round(known.TotalMilliseconds, 3));
            else json.WriteNullValue();
        }

        json.WriteEndArray();
        json.WriteNumber("recoveries"u8, moves.Recoveries);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
