using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Tests.Engine;

/// <summary>What one request gave; equal only if every bit is.</summary>
internal sealed class EngineOutput : IEquatable<EngineOutput>
{
    public List<int> Tokens { get; } = [];

    public List<TokenLogprobs?> Logprobs { get; } = [];

    public FinishReason Finish { get; set; }

    public bool Equals(EngineOutput? other) =>
        other is not null && Finish == other.Finish && Tokens.SequenceEqual(other.Tokens)
        && Logprobs.Zip(other.Logprobs).All(pair => Same(pair.First, pair.Second));

    public override bool Equals(object? obj) => Equals(obj as EngineOutput);

    public override int GetHashCode() => Tokens.Count;

    public override string ToString() => $"{Finish} [{string.Join(' ', Tokens)}] {string.Join(' ', Logprobs.Select(l => l?.Logprob))}";

    private static bool Same(TokenLogprobs? a, TokenLogprobs? b) =>
        a is null || b is null
            ? a is null && b is null
            : BitConverter.SingleToInt32Bits(a.Logprob) == BitConverter.SingleToInt32Bits(b.Logprob)
                && a.TopTokens.SequenceEqual(b.TopTokens)
                && a.TopLogprobs.Select(BitConverter.SingleToInt32Bits).SequenceEqual(b.TopLogprobs.Select(BitConverter.SingleToInt32Bits));
}
