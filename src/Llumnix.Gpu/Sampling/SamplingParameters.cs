using System.Globalization;

namespace Llumnix.Gpu.Sampling;

/// <summary>How one request's tokens are chosen and when it ends. Defaults are vLLM's.</summary>
public sealed record SamplingParameters
{
    /// <summary>The most strings <see cref="Stop"/> may hold.</summary>
    public const int MaxStops = 16;

    /// <summary>The most tokens <see cref="Logprobs"/> may ask for.</summary>
    public const int MaxLogprobs = 20;

    /// <summary>0 is greedy; the logits are divided by it otherwise.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Keep the k most likely tokens; 0 or -1 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the most likely tokens whose probabilities sum to this, in (0, 1].</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keep tokens at least this times as likely as the likeliest, in [0, 1].</summary>
    public float MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of tokens in prompt or output; above 0, 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from the logit of tokens in the output, in [-2, 2].</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted from a token's logit for each time it is in the output, in [-2, 2].</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these tokens, each in [-100, 100].</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>The random number for output token i depends on (seed, i) only.</summary>
    public ulong Seed { get; init; }

    /// <summary>The output ends before the first of these; at most 16, none empty.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>The output ends with any of these tokens, beside the model's own end tokens.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>The most output tokens, at least 1.</summary>
    public int MaxTokens { get; init; } = 16;

    /// <summary>No end or stop token or string ends the output before this many tokens.</summary>
    public int MinTokens { get; init; }

    /// <summary>Whether the model's own end tokens do not end the output.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Whether the text keeps the stop string that ended it.</summary>
    public bool IncludeStop { get; init; }

    /// <summary>How many of the likeliest tokens to report beside the chosen one, 0 to 20; null reports no log-probabilities.</summary>
    public int? Logprobs { get; init; }

    /// <summary>
    /// What is wrong with these parameters for a model of <paramref name="vocabularySize"/> tokens: one sentence that names the parameter
    /// as OpenAI's and vLLM's APIs do, its value and the allowed range; null if nothing is.
    /// </summary>
    public string? Validate(int vocabularySize)
    {
        // Written so that NaN fails every comparison.
        if (!(Temperature >= 0 && float.IsFinite(Temperature))) return Wrong("temperature", Temperature, "a number of at least 0");
        if (TopK < -1) return Wrong("top_k", TopK, "at least 1, or 0 or -1 to keep all tokens");
        if (!(TopP > 0 && TopP <= 1)) return Wrong("top_p", TopP, "above 0 and at most 1");
        if (!(MinP >= 0 && MinP <= 1)) return Wrong("min_p", MinP, "from 0 to 1");
        if (!(RepetitionPenalty > 0 && float.IsFinite(RepetitionPenalty)))
        {
            return Wrong("repetition_penalty", RepetitionPenalty, "a number above 0");
        }

        if (!(Math.Abs(PresencePenalty) <= 2)) return Wrong("presence_penalty", PresencePenalty, "from -2 to 2");
        if (!(Math.Abs(FrequencyPenalty) <= 2)) return Wrong("frequency_penalty", FrequencyPenalty, "from -2 to 2");
        if (MaxTokens < 1) return Wrong("max_tokens", MaxTokens, "at least 1");
        if (MinTokens < 0 || MinTokens > MaxTokens)
        {
            return Wrong("min_tokens", MinTokens, string.Create(CultureInfo.InvariantCulture, $"from 0 to max_tokens, {MaxTokens}"));
        }

        if (Logprobs is { } count && (count < 0 || count > MaxLogprobs))
        {
            return Wrong("logprobs", count, string.Create(CultureInfo.InvariantCulture, $"from 0 to {MaxLogprobs}"));
        }

        return ValidateTokens(vocabularySize) ?? ValidateStop();
    }

    private string? ValidateTokens(int vocabularySize)
    {
        foreach ((int token, float bias) in LogitBias)
        {
            if ((uint)token >= (uint)vocabularySize)
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"logit_bias names token {token}, but this model's tokens are 0 to {vocabularySize - 1}.");
            }

            if (!(Math.Abs(bias) <= 100))
            {
                return string.Create(CultureInfo.InvariantCulture, $"logit_bias of token {token} is {bias}, but must be from -100 to 100.");
            }
        }

        foreach (int token in StopTokenIds)
        {
            if ((uint)token >= (uint)vocabularySize)
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"stop_token_ids names token {token}, but this model's tokens are 0 to {vocabularySize - 1}.");
            }
        }

        return null;
    }

    private string? ValidateStop()
    {
        if (Stop.Count > MaxStops)
        {
            return string.Create(CultureInfo.InvariantCulture, $"stop has {Stop.Count} strings, but must have at most {MaxStops}.");
        }

        return Stop.Any(string.IsNullOrEmpty) ? "stop holds an empty string, but each of its strings must have a character." : null;
    }

    private static string Wrong(string name, IFormattable value, string range) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, but must be {range}.");
}
