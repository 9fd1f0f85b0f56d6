using System.Globalization;

namespace Llumnix.Simulation.Costs;

/// <summary>
/// A cost model in one line: <c>a10-llama-7b</c>, <c>profile:FILE</c>, or
/// <c>roofline:BANDWIDTH:FLOPS:LAYERS:HIDDEN:KVHEADS:HEADDIM:INTERMEDIATE:VOCABULARY</c>, in GB/s and TFLOP/s.
/// </summary>
public static class CostText
{
    /// <summary>Reads it.</summary>
    /// <exception cref="SimulationException">It cannot be understood, or the profile not be read.</exception>
    public static ICostModel Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        switch (parts[0])
        {
            case "a10-llama-7b" when parts.Length == 1:
                return CostModels.A10;
            case "a10-llama-7b-figure-10" when parts.Length == 1:
                return CostModels.A10Figure10;
            case "profile" when parts.Length == 2:
                return new ProfileCostModel(StepProfile.Read(parts[1]));
            case "roofline" when parts.Length == 2:
                double[] numbers = [.. parts[1].Split(':').Select(part => double.TryParse(part, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
                if (numbers.Length == 8 && numbers.All(number => number > 0)) return Roofline(numbers);
                break;
            default:
                break;
        }

        throw new SimulationException(
            $"The cost model \"{text}\" is not known; there are a10-llama-7b, a10-llama-7b-figure-10, profile:FILE and roofline:GB/s:TFLOP/s:LAYERS:HIDDEN:KVHEADS:HEADDIM:INTERMEDIATE:VOCABULARY.");
    }

    private static RooflineCostModel Roofline(double[] numbers) => new()
    {
        Bandwidth = numbers[0] * 1e9,
        Flops = numbers[1] * 1e12,
        Shape = new ModelShape((int)numbers[2], (int)numbers[3], (int)numbers[4], (int)numbers[5], (int)numbers[6], (int)numbers[7]),
    };
}
