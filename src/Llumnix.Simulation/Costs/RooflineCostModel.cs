using System.Globalization;

namespace Llumnix.Simulation.Costs;

/// <summary>
/// A step takes as long as its arithmetic, or as reading weights and KV memory, whichever is longer, and a fixed part. Where no instance can
/// be measured it says what a device could do at best.
/// </summary>
public sealed record RooflineCostModel : ICostModel
{
    /// <summary>The model.</summary>
    public required ModelShape Shape { get; init; }

    /// <summary>Bytes per second that the device reads.</summary>
    public required double Bandwidth { get; init; }

    /// <summary>Floating-point operations per second, a multiplication and an addition counting as two.</summary>
    public required double Flops { get; init; }

    /// <summary>Which part of both a real engine gets.</summary>
    public double Efficiency { get; init; } = 0.7;

    /// <summary>Seconds of a step beside that.</summary>
    public double StepOverhead { get; init; } = 0.002;

    /// <inheritdoc/>
    public string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"roofline of {Shape}: {Bandwidth / 1e9:0.#} GB/s, {Flops / 1e12:0.#} TFLOP/s, {Efficiency:P0} of both, {StepOverhead * 1000:0.##} ms a step");

    /// <inheritdoc/>
    public double SecondsOf(in StepWork work)
    {
        long tokens = work.PromptTokens + work.Decodes;
        if (tokens == 0) return 0;

        // Attention: two products of head-dim x heads for each pair, two operations each.
        double pairs = (work.PromptPairs / 2) + work.ContextTokens;
        double operations = (2.0 * Shape.Parameters * tokens) + (4.0 * Shape.Hidden * Shape.Layers * pairs);
        double bytes = (Shape.Parameters * Shape.BytesPerWeight) + (Shape.KvBytesPerToken * (work.ContextTokens + work.PromptTokens));
        return StepOverhead + (Math.Max(operations / Flops, bytes / Bandwidth) / Efficiency);
    }
}
