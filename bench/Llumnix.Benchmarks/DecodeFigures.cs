namespace Llumnix.Benchmarks;

/// <summary>Decoding at one batch size.</summary>
/// <param name="Batch">Requests in every step.</param>
/// <param name="TokensPerSecond">Of all of them, by the median step.</param>
/// <param name="StepMilliseconds">The median step.</param>
/// <param name="UndisturbedTokensPerSecond">By a step that only one in ten is faster than: what holds when nothing else runs.</param>
/// <param name="WorstStepMilliseconds">The longest step.</param>
/// <param name="CpuMicrosecondsPerToken">CPU time of all threads; comparable between runs on a busy machine, where wall time is not.</param>
internal sealed record DecodeFigures(
    int Batch, double TokensPerSecond, double StepMilliseconds, double UndisturbedTokensPerSecond, double WorstStepMilliseconds,
    double CpuMicrosecondsPerToken);
