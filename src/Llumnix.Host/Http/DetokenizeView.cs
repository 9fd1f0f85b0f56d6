namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/detokenize</c>, in vLLM's form.</summary>
internal sealed record DetokenizeView(string Prompt);
