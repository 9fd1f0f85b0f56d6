using System.Globalization;

namespace Llumnix.Simulation.Costs;

/// <summary>
/// Linear in what a step computes, in milliseconds: prompts cost <c>PromptFixed + PromptToken x tokens + PromptPair x pairs</c>, decodes
/// <c>DecodeFixed + DecodeRequest x requests + DecodeToken x tokens in the batch</c>.
/// </summary>
public sealed record LinearCostModel : ICostModel
{
    /// <summary>Where the constants come from.</summary>
    public required string Source { get; init; }

    public required double PromptFixed { get; init; }

    public required double PromptToken { get; init; }

    public required double PromptPair { get; init; }

    public required double DecodeFixed { get; init; }

    public required double DecodeRequest { get; init; }

    public required double DecodeToken { get; init; }

    /// <inheritdoc/>
    public string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"{Source}: prompts {PromptFixed} + {PromptToken} x + {PromptPair} x², decodes {DecodeFixed} + {DecodeRequest} requests + {DecodeToken} tokens (ms)");

    /// <inheritdoc/>
    public double SecondsOf(in StepWork work)
    {
        double milliseconds = 0;
        if (work.PromptTokens > 0) milliseconds += PromptFixed + (PromptToken * work.PromptTokens) + (PromptPair * work.PromptPairs);
        if (work.Decodes > 0) milliseconds += DecodeFixed + (DecodeRequest * work.Decodes) + (DecodeToken * work.ContextTokens);
        if (work is { PromptTokens: > 0, Decodes: > 0 }) milliseconds -= Math.Min(PromptFixed, DecodeFixed);
        return milliseconds / 1000;
    }
}
