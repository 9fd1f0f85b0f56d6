using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Migration;

/// <summary>All migrations of one instance, out and in, and its draining.</summary>
internal sealed class InstanceMigrations(IMigratingInstance instance, MigrationSetup setup, ILoggingAdapter log) : IDisposable
{
    private readonly MigrationsOut _out = new(instance, setup, log);
    private readonly MigrationsIn _in = new(instance, setup, log);
    private MigrationProtocol.Drain? _draining;
    private int _turn;

    public int OutCount => _out.Count;

    public int InCount => _in.Count;

    /// <inheritdoc cref="MigrationsIn.OutcomesKept"/>
    public int OutcomesKept => _in.OutcomesKept;

    /// <inheritdoc cref="MigrationsIn.ReservedBlocks"/>
    public IEnumerable<BlockId> ReservedBlocks => _in.ReservedBlocks;

    /// <inheritdoc cref="MigrationsIn.ReservedPlaces"/>
    public int ReservedPlaces => _in.ReservedPlaces;

    /// <inheritdoc cref="MigrationsOut.Remembered"/>
    public IEnumerable<RequestId> Remembered => _out.Remembered;

    /// <inheritdoc cref="MigrationsOut.PinnedBlocks"/>
    public IEnumerable<BlockId> PinnedBlocks => _out.PinnedBlocks;

    public void Handle(MigrationProtocol.IForInstance message, IActorRef sender)
    {
        switch (message)
        {
            case MigrationProtocol.Migrate migrate:
                sender.Tell(Start(migrate), instance.Self);
                break;
            case MigrationProtocol.MigrateSome order:
                sender.Tell(Start(order), instance.Self);
                break;
            case MigrationProtocol.Drain drain:
                Drain(drain, sender);
                break;
            case MigrationProtocol.AskDrained:
                TellDrained(sender);
                break;
            case MigrationProtocol.ListMigrations:
                sender.Tell(new MigrationProtocol.Migrations([.. _out.Records]), instance.Self);
                break;
            case MigrationProtocol.MoveGranted granted:
                _out.Granted(granted);
                break;
            case MigrationProtocol.MoveDenied denied:
                _out.Denied(denied);
                break;
            case MigrationProtocol.BlocksReserved reserved:
                _out.Reserved(reserved);
                break;
            case MigrationProtocol.ReservationRefused refused:
                _out.Refused(refused);
                break;
            case MigrationProtocol.Committed committed:
                _out.Committed(committed);
                break;
            case MigrationProtocol.CommitUnknown unknown:
                _out.CommitUnknown(unknown);
                break;
            case StreamOpened opened:
                _out.StreamOpened(opened);
                break;
            case CommitArrived arrived:
                _in.Commit(arrived);
                break;
            case StageEnded ended:
                _out.StageEnded(ended);
                break;
            case MigrationProtocol.ReserveBlocks wanted:
                _in.Reserve(wanted, sender);
                break;
            case MigrationProtocol.Commit commit:
                _in.Commit(commit, sender);
                break;
            case MigrationProtocol.Abort abort:
                _in.Abort(abort);
                break;
            case BlocksArrived arrived:
                _in.Arrived(arrived);
                break;
            case StreamClosed closed:
                _in.StreamClosed(closed);
                break;
            default:
                throw new InvalidOperationException($"{message.GetType().Name} is not for an instance's migrations.");
        }
    }

    public void AtStepBoundary() => _out.AtStepBoundary();

    /// <inheritdoc cref="MigrationsOut.RequestLeft"/>
    public void RequestLeft(RequestId request, string reason) => _out.RequestLeft(request, reason);

    /// <inheritdoc cref="MigrationsOut.PlacedHere"/>
    public void PlacedHere(RequestId request, Epoch epoch) => _out.PlacedHere(request, epoch);

    /// <inheritdoc cref="MigrationsOut.TakenOver"/>
    public void TakenOver(RequestId request) => _out.TakenOver(request);

    /// <inheritdoc cref="MigrationsIn.Void"/>
    public void Void(RequestId request, Epoch epoch) => _in.Void(request, epoch);

    /// <summary>Another instance is gone.</summary>
    public void Lost(IActorRef other)
    {
        _out.Lost(other);
        _in.Lost(other);
    }

    /// <summary>Called every <c>retry-interval</c>.</summary>
    public void Tick()
    {
        _out.Retry();
        _in.CheckClocks();
        MoveDraining();
    }

    public void Dispose()
    {
        _out.Dispose();
        _in.Dispose();
    }

    private MigrationProtocol.MigrateAnswer Start(MigrationProtocol.Migrate migrate)
    {
        if (instance.Find(migrate.Request) is not { } hosted)
            return new MigrationProtocol.MigrateAnswer(migrate.Request, Known: false, $"Request {migrate.Request} is not on {instance.Setup.Id}.");

        string? problem = _out.Start(hosted, migrate.To, migrate.ToActor, migrate.Method ?? setup.Settings.Method);
        return new MigrationProtocol.MigrateAnswer(migrate.Request, Known: true, problem ?? "");
    }

    private MigrationProtocol.MigrateSomeAnswer Start(MigrationProtocol.MigrateSome order)
    {
        var begun = new List<RequestId>();
        string? problem = null;
        foreach (var request in Choose(order.Limits))
        {
            problem = _out.Start(instance.Find(request)!, order.To, order.ToActor, setup.Settings.Method);
            if (problem is not null) break;
            begun.Add(request);
        }

        return new MigrationProtocol.MigrateSomeAnswer(instance.Setup.Id, order.To, [.. begun], problem ?? "") { LastReport = instance.Reports };
    }

    /// <summary>Requests that are not on their way already, in the order in which they are to go.</summary>
    private IReadOnlyList<RequestId> Choose(MoveLimits limits)
    {
        var candidates = new List<MoveCandidate>();
        foreach (var hosted in instance.Requests)
        {
            if (_out.IsMigrating(hosted.Id) || !instance.Scheduler.TryGetStatus(hosted.Id, out var status)) continue;

            int demand = (status.KnownTokens + instance.Setup.Batching.BlockSize - 1) / instance.Setup.Batching.BlockSize;
            candidates.Add(new MoveCandidate(
                hosted.Id, status.Priority, hosted.Arrival, status.KnownTokens, status.BlockCount, demand, status.Phase == SequencePhase.Running));
        }

        return RequestChoices.Choose(setup.Choice, candidates, limits);
    }

    private void Drain(MigrationProtocol.Drain drain, IActorRef asker)
    {
        _draining = drain.On ? drain : null;
        instance.Terminating = drain.On;
        TellDrained(asker);
        MoveDraining();
    }

    private void TellDrained(IActorRef asker)
    {
        bool settled = _out.Count == 0 && _in.Count == 0 && instance.OwesNothing;
        asker.Tell(new MigrationProtocol.DrainAnswer(instance.Setup.Id, instance.Requests.Count(), _draining is { ToEnd: true }, settled), instance.Self);
    }

    private void MoveDraining()
    {
        if (_draining is not { To.Length: > 0 } drain) return;
        foreach (var request in Choose(new MoveLimits(setup.Settings.MaxConcurrentOut - _out.Count)))
        {
            int next = _turn++ % drain.To.Length;
            _out.Start(instance.Find(request)!, drain.To[next], drain.ToActors[next], setup.Settings.Method);
        }
    }
}
