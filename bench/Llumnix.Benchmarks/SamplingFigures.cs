namespace Llumnix.Benchmarks;

/// <summary>What one kind of sampling costs.</summary>
internal sealed record SamplingFigures(int Vocabulary, string Distribution, string Kind, double MicrosecondsPerToken);
