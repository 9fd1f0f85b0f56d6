namespace Llumnix.Benchmarks;

/// <summary>What the engine benchmark found for one model in one number format.</summary>
/// <param name="Model">The preset or folder.</param>
/// <param name="KernelClass">The executor's.</param>
/// <param name="Threads">Compute threads.</param>
/// <param name="WeightBytes">Weights on the device.</param>
/// <param name="Decode">By batch size.</param>
/// <param name="PrefillTokens">Tokens of the prompt prefilled.</param>
/// <param name="PrefillTokensPerSecond">By the median prompt.</param>
/// <param name="ReadBytesPerSecond">Read bandwidth, measured before, between and after the decodes, undisturbed; the median of these.</param>
/// <param name="BytesPerStep">Weights and KV that one decode step of one request reads.</param>
/// <param name="LimitTokensPerSecond">Bandwidth over those: what decoding one request cannot exceed.</param>
/// <param name="ShareOfLimit">Undisturbed decode at batch 1 over the limit.</param>
/// <param name="KvBytes">KV memory reserved for an instance.</param>
/// <param name="FirstInstanceBytes">Resident memory the first instance added.</param>
/// <param name="SecondInstanceBytes">Resident memory a second one added; weights are shared.</param>
internal sealed record EngineFigures(
    string Model, string KernelClass, int Threads, long WeightBytes, IReadOnlyList<DecodeFigures> Decode, int PrefillTokens,
    double PrefillTokensPerSecond, double ReadBytesPerSecond, long BytesPerStep, double LimitTokensPerSecond, double? ShareOfLimit, long KvBytes,
    long FirstInstanceBytes, long SecondInstanceBytes);
