namespace Llumnix.Gpu.Tests.Execution;

/// <summary>A request's share of a step in a test: a sequence, the positions to compute, the blocks its KV lies in.</summary>
internal readonly record struct Cut(int[] Tokens, int Start, int Count, int[] Blocks, bool Samples = true);
