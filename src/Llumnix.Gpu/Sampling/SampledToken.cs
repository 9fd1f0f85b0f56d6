using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Sampling;

/// <summary>One token that a step produced.</summary>
/// <param name="Id">The request.</param>
/// <param name="Index">The token's place in the request's output, from 0.</param>
/// <param name="Token">The token's id.</param>
/// <param name="Finish">Whether the request ends with it: <see cref="FinishReason.None"/>, Stop or Length.</param>
/// <param name="Logprobs">Where asked for.</param>
public readonly record struct SampledToken(RequestId Id, int Index, int Token, FinishReason Finish, TokenLogprobs? Logprobs);
