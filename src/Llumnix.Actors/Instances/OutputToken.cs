using Llumnix.Gpu.Sampling;

namespace Llumnix.Actors.Instances;

/// <summary>An output token with its log-probabilities, where asked for.</summary>
internal readonly record struct OutputToken(int Id, TokenLogprobs? Logprobs);
