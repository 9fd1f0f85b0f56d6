using System.Globalization;

namespace Llumnix.Actors.Launching;

/// <summary>Whether a node has cores and memory for one instance more.</summary>
/// <param name="Instances">Instances there.</param>
/// <param name="Threads">Compute threads of each.</param>
/// <param name="MaxThreads">The most threads of all together.</param>
/// <param name="FreeBytes">Memory that nobody uses.</param>
/// <param name="NeededBytes">What the instance would take: KV memory, and weights where it shares none.</param>
/// <param name="ReserveBytes">What must be left.</param>
public readonly record struct NodeRoom(int Instances, int Threads, int MaxThreads, long FreeBytes, long NeededBytes, long ReserveBytes)
{
    private const double MiB = 1 << 20;

    /// <summary>Why it has none, in half a sentence; null where it has.</summary>
    public string? WhyNot()
    {
        if ((Instances + 1) * Threads > MaxThreads)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Instances + 1} instances of {Threads} compute threads each would be more than the {MaxThreads} that llumnix.scaling.in-process.max-threads allows");
        }

        return FreeBytes - NeededBytes >= ReserveBytes
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"an instance takes {NeededBytes / MiB:0} MiB and {FreeBytes / MiB:0} MiB are free, which leaves less than the {ReserveBytes / MiB:0} MiB of llumnix.scaling.in-process.memory-reserve");
    }
}
