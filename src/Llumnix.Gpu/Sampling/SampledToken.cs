using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Sampling;

/// <summary>One token that a step produced.</summary>
/// <param name="Id">The request.</param>
/// <param name="Index">The token's place in the request's output, from 0.</param>
/// <param name="Token">The token's id, or <see cref="Sampler.NoToken"/> where the request failed.</param>
/// <param name="Finish">
/// Whether the request ends with it: <see cref="FinishReason.None"/>, Stop or Length; Failed where the logits allow no token (they hold
/// NaN, or bias and masks leave nothing).
/// </param>
/// <param name="Logprobs">Where asked for.</param>
public readonly record struct SampledToken(RequestId Id, int Index, int Token, FinishReason Finish, TokenLogprobs? Logprobs);
