using Akka.Actor;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Protocols;

/// <summary>
/// Moving a request from one instance to another: orders to the source, the source and the request's entity, the source and the
/// destination. Everything is repeated until answered and may come twice.
/// </summary>
public static class MigrationProtocol
{
    /// <summary>What an instance hands to its migrations.</summary>
    public interface IForInstance;

    /// <summary>Move this request there. Answered by <see cref="MigrateAnswer"/>.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="To">The destination.</param>
    /// <param name="ToActor">Its actor.</param>
    /// <param name="Method">How; null leaves it to the source's configuration.</param>
    public sealed record Migrate(RequestId Request, InstanceId To, IActorRef ToActor, MigrationMethod? Method = null) : IWireMessage, IForInstance;

    /// <summary>The order was taken, or why not.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Known">Whether the request is here at all.</param>
    /// <param name="Problem">What is wrong; empty where its migration has begun.</param>
    public sealed record MigrateAnswer(RequestId Request, bool Known, string Problem) : IWireMessage;

    /// <summary>Move some of your requests there, those that your request choice puts first. Answered by <see cref="MigrateSomeAnswer"/>.</summary>
    public sealed record MigrateSome(InstanceId To, IActorRef ToActor, MoveLimits Limits) : IWireMessage, IForInstance;

    /// <summary>These requests are on their way.</summary>
    /// <param name="From">The source.</param>
    /// <param name="To">The destination.</param>
    /// <param name="Begun">The requests, in the order chosen.</param>
    /// <param name="Problem">Why none or no more of them are, where there were more to move; empty otherwise.</param>
    public sealed record MigrateSomeAnswer(InstanceId From, InstanceId To, RequestId[] Begun, string Problem) : IWireMessage
    {
        /// <summary>The number of the source's last load report before; the next one counts these migrations.</summary>
        public long LastReport { get; init; }
    }

    /// <summary>
    /// Take no further requests and move all others away, to these instances in turn; or take requests again. A later order replaces an
    /// earlier one, so where the others change it is simply given again. Answered by <see cref="DrainAnswer"/>.
    /// </summary>
    /// <param name="On">Whether to drain.</param>
    /// <param name="To">Where requests go; none lets them end here.</param>
    /// <param name="ToActors">The same instances' actors.</param>
    /// <param name="ToEnd">Whether the instance is to end when it is empty, rather than to wait for another order.</param>
    public sealed record Drain(bool On, InstanceId[] To, IActorRef[] ToActors, bool ToEnd = false) : IWireMessage, IForInstance;

    /// <summary>How far is it with draining? Answered by <see cref="DrainAnswer"/>.</summary>
    public sealed record AskDrained : IWireMessage, IForInstance
    {
        public static AskDrained Instance { get; } = new();
    }

    /// <summary>How it stands with an instance's draining.</summary>
    /// <param name="Instance">The instance.</param>
    /// <param name="Requests">Requests still here.</param>
    /// <param name="ToEnd">Whether it drains in order to end.</param>
    /// <param name="Settled">
    /// Whether it can end and nobody loses anything: no request, no move under way, no token that its gateway has not acknowledged, and
    /// every request that moved has been heard from its new place.
    /// </param>
    public sealed record DrainAnswer(InstanceId Instance, int Requests, bool ToEnd, bool Settled) : IWireMessage;

    /// <summary>Which migrations went out of this instance? Answered by <see cref="Migrations"/>.</summary>
    public sealed record ListMigrations : IWireMessage, IForInstance
    {
        public static ListMigrations Instance { get; } = new();
    }

    /// <summary>The last ones, oldest first.</summary>
    public sealed record Migrations(MigrationRecord[] All) : IWireMessage;

    /// <summary>To the entity: may the request move?</summary>
    public sealed record MayMove(RequestId Request, Epoch Epoch, InstanceId From, InstanceId To, IActorRef ToActor, int Attempt) : IWireMessage;

    /// <summary>It may; the destination speaks with <paramref name="Granted"/>.</summary>
    public sealed record MoveGranted(RequestId Request, InstanceId To, Epoch Granted) : IWireMessage, IForInstance;

    /// <summary>It may not.</summary>
    public sealed record MoveDenied(RequestId Request, InstanceId To) : IWireMessage, IForInstance;

    /// <summary>To the entity: the move is off, the request goes on where it is.</summary>
    public sealed record MoveAborted(RequestId Request, Epoch Granted) : IWireMessage;

    /// <summary>To the entity: decide, the commit's fate is unknown. Answered by a submit to the source or by a stop.</summary>
    public sealed record MoveUndecided(RequestId Request, InstanceId From, Epoch Epoch) : IWireMessage;

    /// <summary>To the destination: hold blocks and a place for this request.</summary>
    /// <param name="Migration">Names the migration.</param>
    /// <param name="Request">The request.</param>
    /// <param name="Granted">The epoch the destination will speak with.</param>
    /// <param name="Model">The source's; a request stays with its model.</param>
    /// <param name="KernelClass">The source's; requests move within their class.</param>
    /// <param name="BytesPerBlock">The source's.</param>
    /// <param name="Blocks">How many blocks in all; 0 for a request that waits or whose KV is computed again.</param>
    /// <param name="Runs">Whether it needs a place in the batch.</param>
    public sealed record ReserveBlocks(
        MigrationId Migration, RequestId Request, Epoch Granted, string Model, string KernelClass, long BytesPerBlock, int Blocks, bool Runs) : IWireMessage, IForInstance;

    /// <summary>They are held; the stream for them is open at this endpoint.</summary>
    public sealed record BlocksReserved(MigrationId Migration, int Blocks, ulong Stream, ulong Process, string Host, int Port)
        : IWireMessage, IForInstance;

    /// <summary>They are not.</summary>
    public sealed record ReservationRefused(MigrationId Migration, string Reason) : IWireMessage, IForInstance;

    /// <summary>To the destination: run the request.</summary>
    /// <param name="Migration">Names the migration.</param>
    /// <param name="State">The request in the destination's epoch, with all its output so far.</param>
    /// <param name="Entity">Its entity.</param>
    /// <param name="Acknowledged">Output tokens that the entity has for certain; the later ones are sent to it again.</param>
    /// <param name="Logprobs">Of the later ones, where asked for.</param>
    /// <param name="Computed">Positions whose KV stands in the blocks sent; 0 computes them again.</param>
    /// <param name="Blocks">The blocks sent.</param>
    /// <param name="Machine">Names the machine whose monotonic clock <paramref name="StoppedAt"/> was read from.</param>
    /// <param name="StoppedAt">When the request left the source's batch, in <see cref="TimeProvider.GetTimestamp"/> ticks.</param>
    public sealed record Commit(
        MigrationId Migration,
        InstanceProtocol.Submit State,
        IActorRef Entity,
        int Acknowledged,
        TokenLogprobs?[]? Logprobs,
        int Computed,
        int Blocks,
        string Machine,
        long StoppedAt) : IWireMessage, IForInstance;

    /// <summary>The request runs at the destination.</summary>
    /// <param name="Migration">The migration.</param>
    /// <param name="Machine">Names the machine whose monotonic clock <paramref name="JoinedAt"/> was read from.</param>
    /// <param name="JoinedAt">When it could be stepped there, in <see cref="TimeProvider.GetTimestamp"/> ticks.</param>
    public sealed record Committed(MigrationId Migration, string Machine, long JoinedAt) : IWireMessage, IForInstance;

    /// <summary>
    /// To the entity: the request has moved, and stood still for so long. From the destination, where one clock was read at both ends, and
    /// from the source once it knows.
    /// </summary>
    public sealed record Joined(RequestId Request, Epoch Granted, TimeSpan Downtime) : IWireMessage;

    /// <summary>The request does not and will not run there by this migration.</summary>
    public sealed record CommitUnknown(MigrationId Migration) : IWireMessage, IForInstance;

    /// <summary>To the destination: give the reservation up.</summary>
    public sealed record Abort(MigrationId Migration) : IWireMessage, IForInstance;
}
