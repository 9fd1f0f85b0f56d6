using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Execution;

/// <summary>The angular frequencies of rotary positions.</summary>
internal static class RotaryFrequencies
{
    /// <summary>
    /// For i below half the head's width, theta^(-2i / width), stretched as the model asks: <see cref="RopeScaling.Linear"/> divides all by the
    /// factor; <see cref="RopeScaling.Llama3"/> divides the long wavelengths only, with a ramp between.
    /// </summary>
    public static double[] Of(ModelConfig config)
    {
        double[] frequencies = new double[config.HeadDim / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            double frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadDim);
            frequencies[i] = config.RopeScaling switch
            {
                null => frequency,
                RopeScaling.Linear linear => frequency / linear.Factor,
                RopeScaling.Llama3 llama3 => Stretch(frequency, llama3),
                RopeScaling other => throw new ModelLoadException($"Rope scaling {other.GetType().Name} is not known."),
            };
        }

        return frequencies;
    }

    private static double Stretch(double frequency, RopeScaling.Llama3 scaling)
    {
        double turns = scaling.OriginalMaxPositions * frequency / (2 * Math.PI);
        double kept = Math.Clamp(
            (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor), 0, 1);
        return (kept * frequency) + ((1 - kept) * frequency / scaling.Factor);
    }
}
