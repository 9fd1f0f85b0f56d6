using Llumnix.Simulation.Results;

namespace Llumnix.Simulation.Studies;

/// <summary>The fewest instances that keep the service levels. More instances are taken to be never worse.</summary>
public static class CapacitySearch
{
    /// <summary>Searches by doubling and then halving.</summary>
    /// <param name="run">The results with so many instances, one for each seed.</param>
    /// <param name="levels">What must hold in all of them.</param>
    /// <param name="most">No more instances are tried.</param>
    /// <returns>The number, and its results; null where not even the most suffice.</returns>
    public static (int Instances, IReadOnlyList<SimulationResult> Results)? Find(
        Func<int, IReadOnlyList<SimulationResult>> run, IReadOnlyList<ServiceLevel> levels, int most)
    {
        int tooFew = 0;
        int tried = 1;
        (int Instances, IReadOnlyList<SimulationResult> Results)? enough = null;
        while (true)
        {
            var results = run(tried);
            if (results.All(result => levels.All(level => level.Holds(result)))) enough = (tried, results);
            else tooFew = tried;

            if (enough is null && tried == most) return null;
            if (enough is { } found && found.Instances == tooFew + 1) return found;

            tried = enough is { } known ? (tooFew + known.Instances) / 2 : Math.Min(most, tried * 2);
        }
    }
}
