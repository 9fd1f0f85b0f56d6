using Akka.Actor;
using Llumnix.Actors.Instances;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Actors.Migration;

/// <summary>What migrations ask of the instance they belong to; on its actor's thread only.</summary>
internal interface IMigratingInstance
{
    InstanceSetup Setup { get; }

    IActorRef Self { get; }

    ActorSystem System { get; }

    BatchScheduler Scheduler { get; }

    ExecutorBlockMemory Memory { get; }

    /// <summary>Whether it takes no further requests.</summary>
    bool Terminating { get; set; }

    /// <summary>The requests that wait, run or are taken out here.</summary>
    IEnumerable<HostedRequest> Requests { get; }

    /// <summary>A request that waits, runs or is taken out here; null where it is not.</summary>
    HostedRequest? Find(RequestId request);

    /// <summary>Whether there is no request here, and nobody has still to hear of one that was.</summary>
    bool OwesNothing { get; }

    /// <summary>The newest epoch seen of a request; the least one where none was.</summary>
    Epoch NewestEpoch(RequestId request);

    /// <summary>Forgets a request and frees its blocks; where it moved, its note says whither and in which epoch.</summary>
    void Release(HostedRequest hosted, MovedTo? movedTo);

    /// <summary>
    /// Takes a request in that comes from another instance: with its blocks into the batch, or without any into the waiting queue.
    /// False, and nothing taken, where it cannot run here.
    /// </summary>
    bool Take(MigrationProtocol.Commit commit, ReadOnlySpan<BlockId> blocks);

    /// <summary>Has its migrations told when another instance is gone.</summary>
    void Watch(IActorRef other);

    /// <summary>The number of the last load report.</summary>
    long Reports { get; }

    /// <summary>Blocks were held or freed: the next report is due.</summary>
    void LoadChanged();

    /// <summary>Plans the next step if none is under way.</summary>
    void Step();
}
