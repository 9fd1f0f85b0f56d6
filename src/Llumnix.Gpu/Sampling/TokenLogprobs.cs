namespace Llumnix.Gpu.Sampling;

/// <summary>
/// Natural log-probabilities at one output position, of the model's raw logits (before temperature, penalties and filters, as vLLM reports).
/// </summary>
/// <param name="Logprob">That of the chosen token.</param>
/// <param name="TopTokens">The likeliest tokens, likeliest first.</param>
/// <param name="TopLogprobs">Theirs, in the same order.</param>
public sealed record TokenLogprobs(float Logprob, int[] TopTokens, float[] TopLogprobs);
