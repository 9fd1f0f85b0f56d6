namespace Llumnix.Host.Benchmarks;

/// <summary>Between two tokens of one of the other requests.</summary>
/// <param name="Side">On which instance, 0 or 1.</param>
/// <param name="At">When the second came, a timestamp.</param>
/// <param name="Milliseconds">How long after the first.</param>
internal readonly record struct TokenGap(int Side, long At, double Milliseconds);
