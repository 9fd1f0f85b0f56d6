using Llumnix.Scheduling.Batching;

namespace Llumnix.Scheduling.Load;

/// <summary>
/// What a request is pretended to use of an instance, in blocks (Llumnix, OSDI 2024, section 4.4.2, Algorithm 1). One number for load,
/// queuing, priorities and draining lets one rule serve them all.
/// </summary>
public static class VirtualUsage
{
    /// <summary>The fake request of a terminating instance: it never has anything free.</summary>
    public const double Terminating = double.PositiveInfinity;

    /// <summary>A waiting request: the blocks it would need where it is the head of line, nothing behind.</summary>
    public static double Waiting(int demand, bool headOfLine) => headOfLine ? demand : 0;

    /// <summary>A running request: the blocks it holds and its share of its class's headroom.</summary>
    /// <param name="physicalUsage">Blocks it holds.</param>
    /// <param name="headroom">Its class's headroom in blocks.</param>
    /// <param name="running">Requests of its class that run on the instance, itself included.</param>
    public static double Running(int physicalUsage, int headroom, int running) => physicalUsage + (double)headroom / running;

    /// <summary>
    /// The sum over an instance's requests. The physical part is the blocks in use, so a block that several requests share counts once:
    /// adding up each request's own blocks would make an instance look full that has one long prefix in common.
    /// </summary>
    public static double Sum(BatchLoad load, bool terminating, Headrooms headrooms)
    {
        if (terminating) return Terminating;

        double sum = load.UsedBlocks + Waiting(load.HeadOfLineDemand, headOfLine: true);
        for (int rank = 0; rank < load.Classes.Length; rank++)
        {
            // The shares of a class's running requests add up to its headroom.
            if (load.Classes[rank].Running > 0) sum += headrooms.Of(new Priority((byte)rank), load.TotalBlocks);
        }

        return sum;
    }
}
