using Akka.Actor;
using Llumnix.Actors.KvStreams;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Migration;

/// <summary>A migration into this instance, around its state machine.</summary>
internal sealed class IncomingMigration
{
    public required MigrationId Id { get; init; }

    public required RequestId Request { get; init; }

    /// <summary>The epoch the request will have here.</summary>
    public required Epoch Granted { get; init; }

    public required IActorRef Source { get; set; }

    /// <summary>Whether it holds a place in the batch.</summary>
    public required bool HoldsPlace { get; set; }

    public MigrationDestination State { get; set; } = MigrationDestination.New;

    /// <summary>The blocks held, in the order of the request's block table.</summary>
    public List<BlockId> Blocks { get; } = [];

    /// <summary>The stream's end here; null where no blocks come.</summary>
    public KvReservation? Reservation { get; set; }

    public MigrationProtocol.Commit? Commit { get; set; }

    /// <summary>Timestamp of the last word from the source.</summary>
    public required long Heard { get; set; }

    /// <summary>When the request could be stepped here.</summary>
    public long JoinedAt { get; set; }

    /// <summary>Whether it counts among the open ones of its instance.</summary>
    public bool Counts { get; set; } = true;

    public bool IsOpen => State.Phase is DestinationPhase.Reserved or DestinationPhase.Awaiting;
}
