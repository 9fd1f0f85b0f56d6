using Akka.Actor;
using Llumnix.Actors.Instances;
using Llumnix.Actors.KvStreams;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Migration;

/// <summary>A migration out of this instance, around its state machine.</summary>
internal sealed class OutgoingMigration
{
    public required MigrationId Id { get; init; }

    public required HostedRequest Hosted { get; init; }

    public required MigrationSource State { get; set; }

    public required InstanceId To { get; init; }

    public required IActorRef ToActor { get; init; }

    /// <summary>Which of the placement's migrations it is.</summary>
    public required int Attempt { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required long Started { get; init; }

    /// <summary>Where the destination takes blocks in, once it has said so.</summary>
    public KvEndpoint? Endpoint { get; set; }

    public KvStreamId StreamId { get; set; }

    public Task<IKvStream>? Stream { get; set; }

    /// <summary>Ends the copying when the migration does.</summary>
    public CancellationTokenSource Copying { get; } = new();

    /// <summary>Whether the request leaves the batch at the next step boundary at which its stream is open.</summary>
    public bool TakeOutPending { get; set; }

    /// <summary>Whether nothing is left to be opened while the request would stand still.</summary>
    public bool StreamIsReady => Stream is null or { IsCompleted: true };

    /// <summary>The stage that goes with the commit; null where nothing is left to send.</summary>
    public SourceEffect.Copy? LastStage { get; set; }

    /// <summary>Whether the commit was sent; it is repeated by message.</summary>
    public bool CommitSent { get; set; }

    /// <summary>Timestamp of when it left.</summary>
    public long StoppedAt { get; set; }

    /// <summary>Timestamp of when the destination could step it, on the same machine's clock; 0 where that is another's.</summary>
    public long JoinedAt { get; set; }

    public List<int> StageBlocks { get; } = [];

    /// <summary>The epoch it had here when it began.</summary>
    public required Epoch Epoch { get; init; }
}
