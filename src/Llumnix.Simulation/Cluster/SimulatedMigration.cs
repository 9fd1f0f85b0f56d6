using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Simulation.Events;

namespace Llumnix.Simulation.Cluster;

/// <summary>
/// One migration: both ends' state machines of Llumnix.Scheduling, with messages that take their delay and stages that take their bytes'
/// time. Nothing is lost here, so nothing is repeated.
/// </summary>
internal sealed class SimulatedMigration : IEventHandler
{
    private const int Granted = 0;
    private const int ReserveArrives = 1;
    private const int ReservedArrives = 2;
    private const int RefusedArrives = 3;
    private const int StageBegins = 4;
    private const int CommitArrives = 5;
    private const int CommittedArrives = 6;
    private const int UnknownArrives = 7;
    private const int AbortArrives = 8;
    private const int Decided = 9;

    private readonly SimulatedCluster _cluster;
    private readonly SimulatedRequest _request;
    private readonly SimulatedInstance _from;
    private readonly SimulatedInstance _to;
    private readonly TimeSpan _startedAt;
    private readonly List<BlockId> _held = [];
    private MigrationSource _source;
    private MigrationDestination? _destination;
    private BlockId[]? _pinned;
    private int _copyingTo;
    private SimulatedLinks.Transfer? _transfer;
    private bool _holdsPlace;
    private bool _countsIn;
    private TimeSpan _stoppedAt;
    private long _blocksCopied;

    private SimulatedMigration(SimulatedCluster cluster, SimulatedRequest request, SimulatedInstance from, SimulatedInstance to)
    {
        _cluster = cluster;
        _request = request;
        _from = from;
        _to = to;
        _startedAt = cluster.Clock.Now;
        _source = null!;
    }

    public static void Start(SimulatedCluster cluster, SimulatedRequest request, SimulatedInstance from, SimulatedInstance to)
    {
        var migration = new SimulatedMigration(cluster, request, from, to);
        request.Migration = migration;
        from.MigrationsOut++;
        to.MovingIn++;
        cluster.Statistics.MigrationsStarted++;
        var (full, blocks) = migration.CountBlocks();
        var start = MigrationSource.Start(cluster.Options.Migration, cluster.Options.Method, full, blocks);
        migration._source = start.State;
        foreach (var effect in start.Effects) migration.Perform(effect);
    }

    /// <summary>The request is no longer in the source's batch or queue.</summary>
    public void RequestLeft(string reason) => Handle(new SourceEvent.RequestLeft(reason, BlocksHeld: false));

    /// <summary>No step of the source is under way: the request leaves its batch.</summary>
    public void TakeOut()
    {
        if (!_from.Scheduler.TakeOut(_request.Id)) return;

        _stoppedAt = _cluster.Clock.Now;
        Handle(new SourceEvent.TakenOut(CountBlocks().Blocks));
    }

    void IEventHandler.Handle(in SimulationEvent happened)
    {
        switch (happened.Kind)
        {
            case Granted:
                _request.Epoch = _request.Epoch.NextPlacement();
                Handle(new SourceEvent.MoveGranted(_request.Epoch));
                break;
            case ReserveArrives:
                Reserve((int)happened.Payload!);
                break;
            case ReservedArrives:
                Handle(new SourceEvent.BlocksReserved((int)happened.Payload!));
                break;
            case RefusedArrives:
                Handle(new SourceEvent.ReservationRefused((string)happened.Payload!));
                break;
            case StageBegins:
                // Cancelled meanwhile where nothing is pinned.
                if (_pinned is not null) _transfer = _cluster.Links.Start(_from.Node, _to.Node, _pinned.Length * _cluster.BlockBytes, StageEnds);
                break;
            case CommitArrives:
                HandleAtDestination(new DestinationEvent.Commit((int)happened.Payload!));
                break;
            case CommittedArrives:
                Handle(SourceEvent.Committed.Instance);
                break;
            case UnknownArrives:
                Handle(SourceEvent.CommitUnknown.Instance);
                break;
            case AbortArrives:
                if (_destination is not null) HandleAtDestination(new DestinationEvent.Void("its source gave it up"));
                break;
            case Decided:
                _request.Epoch = _request.Epoch.NextPlacement();
                Handle(new SourceEvent.PlacedHere(_request.Epoch));
                break;
            default:
                throw new InvalidOperationException($"A migration knows no event {happened.Kind}.");
        }
    }

    private void Handle(SourceEvent happened)
    {
        var (state, effects) = _source.Handle(happened);
        _source = state;
        foreach (var effect in effects) Perform(effect);
    }

    private void Perform(SourceEffect effect)
    {
        switch (effect)
        {
            case SourceEffect.AskEntity:
                Post(Granted, delays: 2);
                break;
            case SourceEffect.Reserve reserve:
                _from.Scheduler.TryGetStatus(_request.Id, out var status);
                Post(ReserveArrives, reserve.Blocks == 0 ? 0 : Math.Max(reserve.Blocks, _cluster.BlocksFor(status.KnownTokens)));
                break;
            case SourceEffect.Copy copy:
                Copy(copy);
                break;
            case SourceEffect.TakeOut:
                _from.TakeOutSoon(this);
                break;
            case SourceEffect.SendCommit commit:
                Post(CommitArrives, commit.Blocks);
                break;
            case SourceEffect.AbortDestination:
                Post(AbortArrives);
                break;
            case SourceEffect.TellAborted:
                break;
            case SourceEffect.AskDecision:
                Post(Decided, delays: 2);
                break;
            case SourceEffect.PutBack:
                _from.KeepIn(this);
                if (_from.Scheduler.PutBack(_request.Id)) _from.Step();
                break;
            case SourceEffect.Resume:
                if (_from.Scheduler.PutBack(_request.Id)) _from.Step();
                break;
            case SourceEffect.Release:
                _from.Scheduler.Cancel(_request.Id);
                _from.Step();
                break;
            case SourceEffect.Finish finish:
                Finish(finish);
                break;
            default:
                throw new InvalidOperationException($"{effect.GetType().Name} is not an effect of a migration's source.");
        }
    }

    private void Post(int kind, object? payload = null, int delays = 1) =>
        _cluster.Clock.After(_cluster.Options.MessageDelay * delays, this, kind, payload);

    private (int Full, int Blocks) CountBlocks() => _from.Scheduler.TryGetStatus(_request.Id, out var status)
        ? (status.ComputedTokens / _cluster.Options.Batching.BlockSize, _cluster.BlocksFor(status.ComputedTokens))
        : (0, 0);

    private void Copy(SourceEffect.Copy copy)
    {
        var blocks = _from.Scheduler.BlockTable(_request.Id);
        if (blocks.Length < copy.To)
        {
            RequestLeft("it lost its blocks to another request");
            return;
        }

        _pinned = blocks[copy.From..copy.To].ToArray();
        _copyingTo = copy.To;
        foreach (var block in _pinned) _from.Scheduler.Blocks.Share(block);
        _from.Copies++;
        _to.Copies++;
        _cluster.Clock.After(_cluster.Options.Links.StageOverhead, this, StageBegins);
    }

    private void StageEnds()
    {
        _blocksCopied += _pinned!.Length;
        _transfer = null;
        EndStage();
        HandleAtDestination(new DestinationEvent.Arrived(_copyingTo));
        var (full, blocks) = CountBlocks();
        Handle(new SourceEvent.StageCopied(full, blocks));
    }

    private void EndStage()
    {
        if (_pinned is null) return;

        _transfer?.Cancel();
        _transfer = null;
        foreach (var block in _pinned) _from.Scheduler.Blocks.Release(block);
        _pinned = null;
        _from.Copies--;
        _to.Copies--;
    }

    private void Finish(SourceEffect.Finish finish)
    {
        EndStage();
        _from.KeepIn(this);
        if (_request.Migration == this) _request.Migration = null;
        _from.MigrationsOut--;
        _to.MovingIn--;
        _cluster.Statistics.CountMigration(finish.Outcome, _cluster.Clock.Now - _startedAt, _blocksCopied * _cluster.BlockBytes);
        _from.Changed();
        _from.Step();
        _from.EndIfEmpty();
        _to.EndIfEmpty();
    }

    private void Reserve(int blocks)
    {
        if (_destination is null)
        {
            if (WhyNot(blocks) is { } reason)
            {
                Post(RefusedArrives, reason);
                return;
            }

            _destination = MigrationDestination.New;
            _countsIn = true;
            _to.MigrationsIn++;
        }

        HandleAtDestination(new DestinationEvent.Reserve(blocks));
    }

    private string? WhyNot(int blocks)
    {
        if (_to.Terminating) return "the destination is terminating";
        if (_to.MigrationsIn >= _cluster.Options.MaxConcurrentMigrations) return "the destination takes enough requests in already";
        return blocks == 0 && _to.Scheduler.WaitingCount >= _cluster.Options.Batching.MaxWaiting ? "the destination's queue is full" : null;
    }

    private void HandleAtDestination(DestinationEvent happened)
    {
        var (state, effects) = (_destination ?? MigrationDestination.Unknown).Handle(happened);
        if (_destination is not null) _destination = state;
        foreach (var effect in effects) Perform(effect);
        if (!_countsIn || _destination is { Phase: DestinationPhase.Reserved or DestinationPhase.Awaiting }) return;

        _countsIn = false;
        _to.MigrationsIn--;
        _to.Changed();
        _to.Step();
        _to.EndIfEmpty();
    }

    private void Perform(DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Allocate allocate:
                HandleAtDestination(new DestinationEvent.Allocated(TryHold(allocate.Blocks)));
                break;
            case DestinationEffect.AnswerReserved answer:
                _to.Changed();
                Post(ReservedArrives, answer.Blocks);
                break;
            case DestinationEffect.AnswerRefused refused:
                Post(RefusedArrives, refused.Reason);
                break;
            case DestinationEffect.Join join:
                Join(join.Blocks);
                break;
            case DestinationEffect.AnswerCommitted:
                Post(_destination!.Phase == DestinationPhase.Committed ? CommittedArrives : UnknownArrives);
                break;
            case DestinationEffect.AnswerUnknown:
                Post(UnknownArrives);
                break;
            case DestinationEffect.Release:
                Release();
                break;
            default:
                throw new InvalidOperationException($"{effect.GetType().Name} is not an effect of a migration's destination.");
        }
    }

    private bool TryHold(int more)
    {
        var blocks = new BlockId[more];
        if (!_to.Scheduler.TryReserve(blocks, place: !_holdsPlace)) return false;

        _holdsPlace = true;
        _held.AddRange(blocks);
        return true;
    }

    private void Join(int blocks)
    {
        _from.Scheduler.TryGetStatus(_request.Id, out var status);
        var spec = _cluster.SpecOf(_request);
        bool taken;
        if (blocks > 0)
        {
            int needed = _cluster.BlocksFor(spec.KnownTokens);
            taken = _held.Count >= needed;
            if (taken)
            {
                _to.Scheduler.Join(spec, status.ComputedTokens, _held.ToArray().AsSpan(0, needed));
                _held.RemoveRange(0, needed);
                _holdsPlace = false;
            }
        }
        else
        {
            taken = _to.Scheduler.Add(spec).IsAccepted;
        }

        Release();
        if (!taken)
        {
            _destination = MigrationDestination.Unknown;
            return;
        }

        var downtime = _cluster.Clock.Now - _stoppedAt;
        _request.Migrations++;
        _request.Downtime += downtime;
        _request.Migration = null;
        if (blocks > 0) _cluster.Statistics.CountDowntime(downtime);
        else _cluster.Statistics.MovedWaiting++;
    }

    private void Release()
    {
        _to.Scheduler.ReleaseReservation(_held.ToArray(), _holdsPlace);
        _held.Clear();
        _holdsPlace = false;
    }
}
