using System.Text.Json;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Models;

namespace Llumnix.Host.Generation;

/// <summary>Log-probabilities in the form of chats and socket frames.</summary>
internal static class LogprobJson
{
    /// <summary>JSON has no infinities; vLLM says -9999 for what cannot be.</summary>
    public const float Impossible = -9999;

    public static void WriteNumber(Utf8JsonWriter json, float logprob) =>
        json.WriteNumberValue(float.IsFinite(logprob) ? logprob : Impossible);

    /// <summary>An object of one token: <c>token</c>, <c>logprob</c>, <c>bytes</c> and <c>top_logprobs</c>.</summary>
    public static void WriteToken(Utf8JsonWriter json, ServedModel model, int token, TokenLogprobs logprobs)
    {
        json.WriteStartObject();
        WriteOne(json, model, token, logprobs.Logprob);
        json.WriteStartArray("top_logprobs"u8);
        for (int i = 0; i < logprobs.TopTokens.Length; i++)
        {
            json.WriteStartObject();
            WriteOne(json, model, logprobs.TopTokens[i], logprobs.TopLogprobs[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOne(Utf8JsonWriter json, ServedModel model, int token, float logprob)
    {
        json.WriteString("token"u8, model.TokenText(token));
        json.WritePropertyName("logprob"u8);
        WriteNumber(json, logprob);
        json.WriteStartArray("bytes"u8);
        foreach (byte value in model.Tokenizer.TokenBytes(token).Span) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
