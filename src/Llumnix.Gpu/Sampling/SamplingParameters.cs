namespace Llumnix.Gpu.Sampling;

/// <summary>How one request's tokens are chosen and when it ends. Defaults are vLLM's.</summary>
public sealed record SamplingParameters
{
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
}
