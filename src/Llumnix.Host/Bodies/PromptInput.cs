namespace Llumnix.Host.Bodies;

/// <summary>One prompt of a call.</summary>
/// <param name="Tokens">Its token ids, at least one.</param>
/// <param name="Echo">Its text where the answer is to begin with it, else empty.</param>
/// <param name="MaxTokens">The most output tokens for it.</param>
internal sealed record PromptInput(int[] Tokens, string Echo, int MaxTokens);
