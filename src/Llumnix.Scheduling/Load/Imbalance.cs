namespace Llumnix.Scheduling.Load;

/// <summary>How unevenly the instances of one model are loaded: standard deviations over them, 0 where all are alike or there is none.</summary>
/// <param name="KvUsage">Of the share of blocks in use, 0 to 1.</param>
/// <param name="Waiting">Of the lengths of waiting queues.</param>
/// <param name="Running">Of the numbers of running requests.</param>
public readonly record struct Imbalance(double KvUsage, double Waiting, double Running)
{
    /// <param name="instances">KV usage, waiting and running requests of each instance that takes requests.</param>
    public static Imbalance Of(IReadOnlyCollection<(double KvUsage, int Waiting, int Running)> instances) => new(
        StandardDeviation(instances.Select(instance => instance.KvUsage)),
        StandardDeviation(instances.Select(instance => (double)instance.Waiting)),
        StandardDeviation(instances.Select(instance => (double)instance.Running)));

    private static double StandardDeviation(IEnumerable<double> values)
    {
        double[] all = [.. values];
        if (all.Length == 0) return 0;

        double mean = all.Average();
        return Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / all.Length);
    }
}
