using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Api;
using Llumnix.Host.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Priorities;

namespace Llumnix.Host.Bodies;

/// <summary>Reads the keys that completions, chats and socket frames share, by OpenAI's and vLLM's names and defaults.</summary>
internal static class SamplingReader
{
    /// <summary>Drawn seeds stay exact as JSON numbers in every client (JavaScript's integers end at 2^53).</summary>
    private const int DrawnSeedBits = 53;

    /// <summary>All of them but the limit of tokens and the log-probabilities, which the two kinds of body name differently.</summary>
    public static SamplingParameters Read(JsonBody body, ServedModel model) => model.Defaults with
    {
        Temperature = body.Number("temperature") ?? model.Defaults.Temperature,
        TopK = body.Integer("top_k") ?? model.Defaults.TopK,
        TopP = body.Number("top_p") ?? model.Defaults.TopP,
        MinP = body.Number("min_p") ?? model.Defaults.MinP,
        RepetitionPenalty = body.Number("repetition_penalty") ?? model.Defaults.RepetitionPenalty,
        PresencePenalty = body.Number("presence_penalty") ?? 0,
        FrequencyPenalty = body.Number("frequency_penalty") ?? 0,
        LogitBias = LogitBias(body),
        Seed = body.Seed("seed") ?? DrawSeed(),
        Stop = body.Strings("stop"),
        StopTokenIds = body.Integers("stop_token_ids"),
        MinTokens = body.Integer("min_tokens") ?? 0,
        IgnoreEos = body.Boolean("ignore_eos", false),
        IncludeStop = body.Boolean("include_stop_str_in_output", false),
    };

    /// <summary>Refuses values out of range, by the engine's own rules.</summary>
    public static void Check(SamplingParameters sampling, ServedModel model)
    {
        if (sampling.Validate(model.VocabularySize) is not { } sentence) return;
        // The sentences begin with the key they are about.
        int end = sentence.AsSpan().IndexOfAny(' ', '[');
        throw ApiException.Invalid(end > 0 ? sentence[..end] : null, sentence);
    }

    /// <summary>How many tokens a prompt may be answered with: what was asked for, or the default as far as the context has room.</summary>
    public static int MaxTokens(int? asked, int fallback, int promptTokens, ServedModel model, string key)
    {
        int room = model.Context - promptTokens;
        if (asked is not { } wanted) return Math.Min(fallback, room);
        if (wanted < 1) throw ApiException.Invalid(key, $"{key} is {wanted}, but must be at least 1.");
        if (wanted <= room) return wanted;
        throw ApiException.Invalid(
            key,
            $"{key} is {wanted}, but after a prompt of {promptTokens} tokens this model's context of {model.Context} has room for {room}.",
            "context_length_exceeded");
    }

    public static int Choices(JsonBody body, int prompts, int maxChoices)
    {
        int n = body.Integer("n") ?? 1;
        if (n < 1) throw ApiException.Invalid("n", $"n is {n}, but must be at least 1.");
        if ((long)n * prompts > maxChoices)
        {
            throw ApiException.Invalid(
                "n", $"{prompts} prompts with n = {n} are {(long)n * prompts} sequences; one call may ask for at most {maxChoices} (llumnix.gateway.max-choices).");
        }

        return n;
    }

    public static Priority Priority(JsonBody body, PriorityClasses classes)
    {
        if (!body.TryGet("priority", out JsonElement value)) return classes.Default;
        if (value.ValueKind == JsonValueKind.String && classes.TryFind(value.GetString()!, out Priority priority)) return priority;

        string[] names = [.. classes.Names.Select(name => $"\"{name}\"")];
        throw JsonBody.Wrong("priority", names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}", value);
    }

    private static Dictionary<int, float> LogitBias(JsonBody body)
    {
        var biases = new Dictionary<int, float>();
        if (!body.TryGet("logit_bias", out JsonElement map)) return biases;
        if (map.ValueKind != JsonValueKind.Object) throw JsonBody.Wrong("logit_bias", "an object of token ids and numbers", map);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int token))
            {
                throw ApiException.Invalid("logit_bias", $"logit_bias has the key \"{entry.Name}\", which is not a token id.");
            }

            biases[token] = JsonBody.NumberOf(entry.Value, $"logit_bias.{entry.Name}");
        }

        return biases;
    }

    private static ulong DrawSeed()
    {
        Span<byte> bits = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bits);
        return BitConverter.ToUInt64(bits) >> (64 - DrawnSeedBits);
    }
}
