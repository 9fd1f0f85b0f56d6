namespace Llumnix.Gpu.Loading;

/// <summary>
/// What a model's <c>generation_config.json</c> says of sampling; null where it says nothing. As vLLM does, a request that leaves a
/// parameter out takes it from here.
/// </summary>
public sealed record GenerationDefaults
{
    public float? Temperature { get; init; }

    public int? TopK { get; init; }

    public float? TopP { get; init; }

    public float? MinP { get; init; }

    public float? RepetitionPenalty { get; init; }

    /// <summary>The file's <c>max_new_tokens</c>.</summary>
    public int? MaxTokens { get; init; }
}
