using Llumnix.Gpu.Sampling;

namespace Llumnix.Host.Generation;

/// <summary>A token of an answer that is reported by itself: its id and, where asked for, its log-probabilities.</summary>
internal readonly record struct OutputToken(int Id, TokenLogprobs? Logprobs);
