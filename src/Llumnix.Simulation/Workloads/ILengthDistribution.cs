namespace Llumnix.Simulation.Workloads;

/// <summary>How many tokens prompts or outputs have.</summary>
public interface ILengthDistribution
{
    /// <summary>Its name or rule in a few words.</summary>
    string Description { get; }

    /// <summary>So many lengths, each at least 1.</summary>
    int[] Draw(int count, SimulationRandom random);
}
