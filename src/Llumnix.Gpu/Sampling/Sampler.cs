namespace Llumnix.Gpu.Sampling;

/// <summary>
/// Chooses tokens from logits, in vLLM's order: log-probabilities of the raw logits; min_tokens mask, logit_bias, penalties; then the
/// argmax (of equal ones the lowest id) or temperature, min_p, top_k, top_p and a draw by inverse distribution function over the kept
/// tokens in the order of their ids, with the uniform number of (seed, output index). The choice depends on the row and the request's
/// state alone, bit for bit, on any machine.
/// </summary>
/// <remarks>Holds scratch memory for one row, so one user at a time. Allocates for requested log-probabilities only.</remarks>
/// <param name="vocabularySize">Logits in a row.</param>
public sealed class Sampler(int vocabularySize)
{
    /// <summary>What <see cref="Sample"/> returns when the logits hold no finite maximum: the model computed NaN or everything is masked.</summary>
    public const int NoToken = -1;

    /// <summary>Temperatures below it are greedy, as in vLLM.</summary>
    public const float GreedyBelow = 1e-5f;

    private readonly TokenWeights _weights = new(vocabularySize);
    private float[] _raw = [];

    /// <summary>Chooses the next token of a request; <paramref name="state"/> is left as it is.</summary>
    /// <param name="logits">The row, <c>[vocabulary]</c>; overwritten where bias, mask or penalties apply.</param>
    /// <param name="state">The request's.</param>
    /// <param name="logprobs">Where the parameters ask for them.</param>
    /// <returns>The token's id, or <see cref="NoToken"/>.</returns>
    public int Sample(Span<float> logits, SamplingState state, out TokenLogprobs? logprobs)
    {
        if (logits.Length != vocabularySize)
        {
            throw new ArgumentException($"A row of {vocabularySize} logits is needed, not {logits.Length}.", nameof(logits));
        }

        logprobs = null;
        ReadOnlySpan<float> raw = logits;
        if (state.Alters)
        {
            if (state.Parameters.Logprobs is not null)
            {
                if (_raw.Length == 0) _raw = new float[vocabularySize];
                logits.CopyTo(_raw);
                raw = _raw;
            }

            state.Alter(logits);
        }

        float max = LogitScan.Max(logits);
        if (!float.IsFinite(max)) return NoToken;

        int token = Choose(logits, max, state.Parameters, state.OutputLength);
        if (state.Parameters.Logprobs is { } count) logprobs = Report(raw, token, count);
        return token;
    }

    private int Choose(ReadOnlySpan<float> logits, float max, SamplingParameters parameters, int index)
    {
        if (parameters.Temperature < GreedyBelow) return LogitScan.IndexOf(logits, max);

        _weights.Set(logits, max, parameters.Temperature, parameters.MinP);
        double uniform = Philox.Uniform(parameters.Seed, index);
        int topK = parameters.TopK > 0 && parameters.TopK < vocabularySize ? parameters.TopK : 0;
        return _weights.Draw(uniform, topK, parameters.TopP);
    }

    private static TokenLogprobs Report(ReadOnlySpan<float> raw, int token, int count)
    {
        float max = LogitScan.Max(raw);
        double normalizer = LogitScan.LogSumExp(raw, max);
        int[] tokens = new int[Math.Min(count, raw.Length)];
        float[] logprobs = new float[tokens.Length];
        LogitScan.Top(raw, tokens, logprobs);
        for (int i = 0; i < logprobs.Length; i++) logprobs[i] = (float)((double)logprobs[i] - max - normalizer);
        return new TokenLogprobs((float)((double)raw[token] - max - normalizer), tokens, logprobs);
    }
}
