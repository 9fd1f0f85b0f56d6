namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/tokenize</c>, in vLLM's form.</summary>
internal sealed record TokenizeView(int Count, int MaxModelLen, int[] Tokens, IReadOnlyList<string>? TokenStrs);
