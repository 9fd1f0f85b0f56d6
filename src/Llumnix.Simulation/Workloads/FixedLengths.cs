using System.Globalization;

namespace Llumnix.Simulation.Workloads;

/// <summary>All of one length.</summary>
/// <param name="Tokens">The length.</param>
public sealed record FixedLengths(int Tokens) : ILengthDistribution
{
    /// <inheritdoc/>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"{Tokens} tokens");

    /// <inheritdoc/>
    public int[] Draw(int count, SimulationRandom random)
    {
        var lengths = new int[count];
        Array.Fill(lengths, Tokens);
        return lengths;
    }
}
