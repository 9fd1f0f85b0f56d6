using Llumnix.Scheduling.Batching;

namespace Llumnix.Scheduling.Load;

/// <summary>
/// How much an instance has left per running request, in blocks: (M - sum of virtual usage) / B. Times the block size it is roughly the
/// decode steps left until its memory is full. May be negative, and is negative infinity for a terminating instance.
/// </summary>
public static class Freeness
{
    /// <param name="totalBlocks">M: blocks in the instance.</param>
    /// <param name="virtualUsage">The sum of its requests' virtual usage in blocks.</param>
    /// <param name="running">B: its running requests; none counts as one.</param>
    public static double Of(int totalBlocks, double virtualUsage, int running) => (totalBlocks - virtualUsage) / Math.Max(1, running);

    /// <summary>The freeness of an instance with this load.</summary>
    public static double Of(BatchLoad load, bool terminating, Headrooms headrooms) =>
        Of(load.TotalBlocks, VirtualUsage.Sum(load, terminating, headrooms), load.Running);
}
