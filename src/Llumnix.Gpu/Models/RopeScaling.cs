namespace Llumnix.Gpu.Models;

/// <summary>How rotary frequencies are stretched beyond the trained context.</summary>
public abstract record RopeScaling
{
    private RopeScaling()
    {
    }

    /// <summary>Every frequency divided by <paramref name="Factor"/>.</summary>
    public sealed record Linear(double Factor) : RopeScaling;

    /// <summary>
    /// Llama 3.1's: wavelengths under original / high are kept, those over original / low are divided by the factor, and those between
    /// are interpolated.
    /// </summary>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions) : RopeScaling;
}
