using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Protocols;

/// <summary>What became of one migration, as its source saw it.</summary>
/// <param name="Migration">Names it.</param>
/// <param name="Request">The request.</param>
/// <param name="From">Source.</param>
/// <param name="To">Destination.</param>
/// <param name="Method">How.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Duration">From its order to its end.</param>
/// <param name="Downtime">From the request leaving the source's batch to the destination being able to step it; zero where it did not move.</param>
/// <param name="DowntimeExact">Whether both ends read one monotonic clock; otherwise the downtime includes the commit's answer.</param>
/// <param name="StageBlocks">Blocks of each stage.</param>
/// <param name="Bytes">Bytes of all stages.</param>
/// <param name="Tokens">Tokens the request had when it left.</param>
/// <param name="Phase">How far it is.</param>
/// <param name="Outcome">How it ended; null while it goes on.</param>
/// <param name="Reason">Why, where it did not move.</param>
public sealed record MigrationRecord(
    MigrationId Migration,
    RequestId Request,
    InstanceId From,
    InstanceId To,
    MigrationMethod Method,
    DateTimeOffset StartedAt,
    TimeSpan Duration,
    TimeSpan Downtime,
    bool DowntimeExact,
    int[] StageBlocks,
    long Bytes,
    int Tokens,
    SourcePhase Phase,
    MigrationOutcome? Outcome,
    string Reason)
{
    /// <summary>Bytes of each stage; all blocks are of one size.</summary>
    public long[] StageBytes
    {
        get
        {
            long blocks = StageBlocks.Sum(blocks => (long)blocks);
            return [.. StageBlocks.Select(stage => blocks == 0 ? 0 : Bytes / blocks * stage)];
        }
    }
}
