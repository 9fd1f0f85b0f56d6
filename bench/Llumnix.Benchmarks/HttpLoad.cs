namespace Llumnix.Benchmarks;

/// <summary>What the command <c>http</c> asks for.</summary>
/// <param name="Concurrency">How many requests at once, one measurement each.</param>
/// <param name="Threads">Compute threads of the engine, in the server and in the bare loop.</param>
/// <param name="Prompt">Tokens of a prompt.</param>
/// <param name="Tokens">Tokens of an output.</param>
/// <param name="Rounds">How often the two are measured in turn.</param>
internal sealed record HttpLoad(int[] Concurrency, int Threads, int Prompt, int Tokens, int Rounds);
