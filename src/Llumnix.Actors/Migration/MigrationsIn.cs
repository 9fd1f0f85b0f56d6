using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.KvStreams;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Migration;

/// <summary>
/// The migrations into one instance: performs what each one's <see cref="MigrationDestination"/> decides, and keeps the outcomes for
/// <c>resume-window</c>, so that a repeated commit is answered alike.
/// </summary>
internal sealed class MigrationsIn(IMigratingInstance instance, MigrationSetup setup, ILoggingAdapter log) : IDisposable
{
    private readonly Dictionary<MigrationId, IncomingMigration> _byId = [];
    private readonly Queue<(MigrationId Id, long EndedAt)> _ended = new();
    private readonly HashSet<StreamClosed> _closing = [];
    private int _open;

    private TimeProvider Time => instance.Setup.Time;

    public int Count => _open;

    /// <summary>Ended migrations that a repeated commit is still answered for.</summary>
    public int OutcomesKept => _ended.Count;

    /// <summary>The blocks held for requests to come, and those a stream that is over may still write.</summary>
    public IEnumerable<BlockId> ReservedBlocks =>
        _byId.Values.SelectMany(static migration => migration.Blocks).Concat(_closing.SelectMany(static closed => closed.Blocks));

    /// <summary>The places in the batch held with them.</summary>
    public int ReservedPlaces => _byId.Values.Count(static migration => migration.HoldsPlace) + _closing.Count(static closed => closed.Place);

    public void Reserve(MigrationProtocol.ReserveBlocks wanted, IActorRef source)
    {
        if (!_byId.TryGetValue(wanted.Migration, out var migration))
        {
            if (WhyNot(wanted) is { } why)
            {
                source.Tell(new MigrationProtocol.ReservationRefused(wanted.Migration, why), instance.Self);
                return;
            }

            migration = new IncomingMigration
            {
                Id = wanted.Migration,
                Request = wanted.Request,
                Granted = wanted.Granted,
                Source = source,
                HoldsPlace = false,
                Heard = Time.GetTimestamp(),
            };
            _byId.Add(migration.Id, migration);
            _open++;
            instance.Watch(source);
        }

        migration.Source = source;
        migration.Heard = Time.GetTimestamp();
        Handle(migration, new DestinationEvent.Reserve(wanted.Blocks));
    }

    public void Commit(MigrationProtocol.Commit commit, IActorRef source)
    {
        if (!_byId.TryGetValue(commit.Migration, out var migration))
        {
            source.Tell(new MigrationProtocol.CommitUnknown(commit.Migration), instance.Self);
            return;
        }

        migration.Source = source;
        migration.Heard = Time.GetTimestamp();
        migration.Commit = commit;
        if (migration.IsOpen && instance.NewestEpoch(migration.Request) >= migration.Granted)
            Handle(migration, new DestinationEvent.Void("the request was placed anew meanwhile"));
        if (migration.IsOpen && commit.Blocks > 0 && migration.Reservation!.HasFirst(commit.Blocks))
            Handle(migration, new DestinationEvent.Arrived(commit.Blocks));
        Handle(migration, new DestinationEvent.Commit(commit.Blocks));
        if (migration.State.Phase == DestinationPhase.Awaiting) AwaitBlocks(migration, commit.Blocks);
    }

    /// <summary>A commit that came by its KV stream; where it cannot be read, its source repeats it by message.</summary>
    public void Commit(CommitArrived arrived)
    {
        try
        {
            var (commit, source) = CommitFrame.Read(instance.System, arrived.Frame);
            Commit(commit, source);
        }
        catch (SerializationException e)
        {
            log.Warning("The commit of migration {0} cannot be read: {1}", arrived.Migration, e.Message);
        }
    }

    public void Abort(MigrationProtocol.Abort abort)
    {
        if (_byId.TryGetValue(abort.Migration, out var migration)) Handle(migration, new DestinationEvent.Void("its source gave it up"));
    }

    public void Arrived(BlocksArrived arrived)
    {
        if (_byId.TryGetValue(arrived.Migration, out var migration)) Handle(migration, new DestinationEvent.Arrived(arrived.Blocks));
    }

    /// <summary>A reservation's stream is closed: nothing writes into its blocks any more.</summary>
    public void StreamClosed(StreamClosed closed)
    {
        _closing.Remove(closed);
        instance.Scheduler.ReleaseReservation(closed.Blocks, closed.Place);
        instance.LoadChanged();
        instance.Step();
    }

    /// <summary>The entity voids what it granted for this request up to <paramref name="epoch"/>.</summary>
    public void Void(RequestId request, Epoch epoch)
    {
        if (_open == 0) return;
        foreach (var migration in _byId.Values.Where(migration => migration.IsOpen && migration.Request == request && migration.Granted <= epoch).ToArray())
            Handle(migration, new DestinationEvent.Void("the request was placed anew or ended"));
    }

    public void Lost(IActorRef source)
    {
        if (_open == 0) return;
        foreach (var migration in _byId.Values.Where(migration => migration.IsOpen && migration.Source.Equals(source)).ToArray())
            Handle(migration, new DestinationEvent.Void("its source was lost"));
    }

    /// <summary>Lets reservations lapse whose source is silent, and forgets old outcomes.</summary>
    public void CheckClocks()
    {
        long now = Time.GetTimestamp();
        if (_open > 0)
        {
            foreach (var migration in _byId.Values.Where(migration =>
                migration.IsOpen && Time.GetElapsedTime(migration.Heard, now) > setup.Settings.ReservationTimeout).ToArray())
            {
                // A long stage is no silence: the source speaks by its blocks then, and repeats nothing.
                if (migration.Reservation is { } reservation && reservation.TakeProgress())
                {
                    migration.Heard = now;
                    continue;
                }

                Handle(migration, new DestinationEvent.Void("its source was silent"));
            }
        }

        while (_ended.TryPeek(out var oldest) && Time.GetElapsedTime(oldest.EndedAt, now) > instance.Setup.Delivery.ResumeWindow)
        {
            _ended.Dequeue();
            _byId.Remove(oldest.Id);
        }
    }

    /// <summary>The instance ends: its streams are told so by the next block that finds no reservation.</summary>
    public void Dispose()
    {
        foreach (var migration in _byId.Values) _ = migration.Reservation?.CloseAsync();
    }

    private string? WhyNot(MigrationProtocol.ReserveBlocks wanted)
    {
        if (instance.Terminating) return "the destination is terminating";
        if (wanted.Model != instance.Setup.Model) return $"the destination serves {instance.Setup.Model}, the request is one of {wanted.Model}";
        if (wanted.KernelClass != instance.Setup.KernelClass)
            return $"the destination computes by {instance.Setup.KernelClass}, the source by {wanted.KernelClass}, which gives other bits";
        if (wanted.BytesPerBlock != instance.Memory.BytesPerBlock)
            return $"the destination's blocks have {instance.Memory.BytesPerBlock} bytes, the source's {wanted.BytesPerBlock}";
        if (instance.NewestEpoch(wanted.Request) >= wanted.Granted) return "the destination has seen a newer placement of the request";
        if (_open >= setup.Settings.MaxConcurrentIn)
            return $"the destination takes {_open} requests in already, which is llumnix.migration.max-concurrent-in";
        if (!wanted.Runs && instance.Scheduler.WaitingCount >= instance.Setup.Batching.MaxWaiting) return "the destination's queue is full";
        return null;
    }

    private void Handle(IncomingMigration migration, DestinationEvent happened)
    {
        var (state, effects) = migration.State.Handle(happened);
        migration.State = state;
        foreach (var effect in effects) Perform(migration, effect);
        if (effects.Count > 0) instance.LoadChanged();
        if (!migration.Counts || migration.IsOpen) return;

        migration.Counts = false;
        _open--;
        _ended.Enqueue((migration.Id, Time.GetTimestamp()));
        if (migration.State.Phase == DestinationPhase.Released && happened is DestinationEvent.Void why)
            log.Info("The reservation for request {0} is given up: {1}.", migration.Request, why.Reason);
    }

    private void Perform(IncomingMigration migration, DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Allocate allocate:
                Handle(migration, new DestinationEvent.Allocated(TryHold(migration, allocate.Blocks)));
                break;
            case DestinationEffect.AnswerReserved answer:
                var endpoint = setup.Transport.Endpoint;
                migration.Source.Tell(
                    new MigrationProtocol.BlocksReserved(
                        migration.Id, answer.Blocks, migration.Reservation?.Stream.Value ?? 0, endpoint.Process, endpoint.Host, endpoint.Port),
                    instance.Self);
                break;
            case DestinationEffect.AnswerRefused refused:
                migration.Source.Tell(new MigrationProtocol.ReservationRefused(migration.Id, refused.Reason), instance.Self);
                break;
            case DestinationEffect.Join join:
                Join(migration, join.Blocks);
                break;
            case DestinationEffect.AnswerCommitted:
                Answer(migration);
                break;
            case DestinationEffect.AnswerUnknown:
                migration.Source.Tell(new MigrationProtocol.CommitUnknown(migration.Id), instance.Self);
                break;
            case DestinationEffect.Release:
                Release(migration);
                break;
            default:
                throw new InvalidOperationException($"{effect.GetType().Name} is not an effect of a migration's destination.");
        }
    }

    private bool TryHold(IncomingMigration migration, int more)
    {
        var blocks = new BlockId[more];
        if (!instance.Scheduler.TryReserve(blocks, place: !migration.HoldsPlace)) return false;

        migration.HoldsPlace = true;
        migration.Blocks.AddRange(blocks);
        _ = Task.Run(() => Back(instance.Memory, blocks));
        if (migration.Reservation is null)
        {
            var stream = new KvStreamId((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue));
            var (self, id) = (instance.Self, migration.Id);
            migration.Reservation = setup.Transport.Inbox.Reserve(
                stream, instance.Memory, migration.Blocks, frame => self.Tell(new CommitArrived(id, frame), ActorRefs.NoSender));
        }
        else
        {
            foreach (var block in blocks) migration.Reservation.Extend(block);
        }

        return true;
    }

    /// <summary>
    /// Makes memory that was never used real while the request still decodes, so that the last stage does not wait for it. Blocks that were
    /// given away meanwhile stay as they are.
    /// </summary>
    private static void Back(ExecutorBlockMemory memory, BlockId[] blocks)
    {
        // The last ones first: they are written while the request stands still.
        for (int i = blocks.Length - 1; i >= 0 && memory.TryLease(); i--)
        {
            try
            {
                memory.Touch(blocks[i]);
            }
            finally
            {
                memory.EndLease();
            }
        }
    }

    private void AwaitBlocks(IncomingMigration migration, int blocks)
    {
        // A request that waits comes without blocks and is never awaited.
        var id = migration.Id;
        migration.Reservation?.WhenFirst(blocks).PipeTo(instance.Self, success: () => new BlocksArrived(id, blocks));
    }

    /// <summary>The blocks named are in place, so nothing is being written.</summary>
    private void Join(IncomingMigration migration, int blocks)
    {
        _ = migration.Reservation?.CloseAsync();
        var held = CollectionsMarshal.AsSpan(migration.Blocks);
        bool taken = instance.Take(migration.Commit!, blocks == 0 ? [] : held);
        if (!taken)
        {
            // It cannot run here after all: it never did, so this migration is unknown.
            migration.State = MigrationDestination.Unknown;
            instance.Scheduler.ReleaseReservation(held, migration.HoldsPlace);
        }
        else if (blocks == 0)
        {
            instance.Scheduler.ReleaseReservation(held, migration.HoldsPlace);
        }

        migration.Blocks.Clear();
        migration.HoldsPlace = false;
        migration.JoinedAt = Time.GetTimestamp();
        // Before its next token, which may be its last.
        if (taken && migration.Commit is { } commit && commit.Machine == setup.Machine)
        {
            commit.Entity.Tell(
                new MigrationProtocol.Joined(migration.Request, migration.Granted, Time.GetElapsedTime(commit.StoppedAt, migration.JoinedAt)), instance.Self);
        }

        instance.Step();
    }

    private void Answer(IncomingMigration migration)
    {
        object answer = migration.State.Phase == DestinationPhase.Committed
            ? new MigrationProtocol.Committed(migration.Id, setup.Machine, migration.JoinedAt)
            : new MigrationProtocol.CommitUnknown(migration.Id);
        migration.Source.Tell(answer, instance.Self);
        // The request itself lives on in the instance; what is left is the outcome.
        migration.Commit = null;
    }

    private void Release(IncomingMigration migration)
    {
        var closed = new StreamClosed([.. migration.Blocks], migration.HoldsPlace);
        migration.Blocks.Clear();
        migration.HoldsPlace = false;
        migration.Commit = null;
        if (migration.Reservation is not { } reservation) return;

        // Without one nothing is held.
        _closing.Add(closed);
        reservation.CloseAsync().PipeTo(instance.Self, success: () => closed);
    }
}
