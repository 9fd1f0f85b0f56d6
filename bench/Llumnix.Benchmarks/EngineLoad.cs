namespace Llumnix.Benchmarks;

/// <summary>What the engine benchmark runs.</summary>
/// <param name="Batches">Batch sizes decoded.</param>
/// <param name="Prompt">Prompt tokens of each decoded request.</param>
/// <param name="Steps">Decode steps measured.</param>
/// <param name="Prefill">Tokens of a prefilled prompt.</param>
internal sealed record EngineLoad(int[] Batches, int Prompt, int Steps, int Prefill);
