using System.Globalization;
using System.Runtime.InteropServices;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Rebalance;
using Llumnix.Simulation.Costs;
using Llumnix.Simulation.Events;

namespace Llumnix.Simulation.Cluster;

/// <summary>
/// One model copy: what the instance actor does around its batch scheduler, with steps that take the time a cost model gives instead of a
/// device's.
/// </summary>
internal sealed class SimulatedInstance : IEventHandler
{
    private const int StepEnds = 0;
    private readonly SimulatedCluster _cluster;
    private readonly DispatchMarks _marks = new();
    private readonly List<RequestId> _finished = [];
    private readonly List<SimulatedMigration> _leaving = [];
    private readonly List<MoveCandidate> _candidates = [];
    private BatchPlan? _plan;
    private bool _holdsSteps;
    private double _stepSeconds;
    private long _reports;

    public SimulatedInstance(SimulatedCluster cluster, int index)
    {
        _cluster = cluster;
        Index = index;
        Id = new InstanceId(string.Create(CultureInfo.InvariantCulture, $"i{index:00000}"));
        Node = index / cluster.Options.InstancesPerNode;
        Scheduler = new BatchScheduler(cluster.Options.Batching);
        StartedAt = cluster.Clock.Now;
    }

    public int Index { get; }

    public InstanceId Id { get; }

    public int Node { get; }

    public BatchScheduler Scheduler { get; }

    public bool Terminating { get; private set; }

    public bool HasEnded => EndedAt is not null;

    /// <summary>When it was asked for.</summary>
    public TimeSpan StartedAt { get; init; }

    public TimeSpan? EndedAt { get; private set; }

    /// <summary>Migrations out of it that have not ended.</summary>
    public int MigrationsOut { get; set; }

    /// <summary>Requests that it holds a reservation for.</summary>
    public int MigrationsIn { get; set; }

    /// <summary>Migrations into it that have not ended.</summary>
    public int MovingIn { get; set; }

    /// <summary>Orders out of it that are on their way to it.</summary>
    public int OrderedOut { get; set; }

    /// <summary>Orders into it that are on their way to their sources.</summary>
    public int OrderedIn { get; set; }

    /// <summary>Stages that read or write its blocks now.</summary>
    public int Copies { get; set; }

    public double BusySeconds { get; private set; }

    /// <summary>A request arrives; says whether it is taken.</summary>
    public AdmissionResult? Submit(SimulatedRequest request, DispatchTicket ticket)
    {
        if (HasEnded) return null;

        _marks.Note(ticket);
        AdmissionResult? result = Terminating ? null : Scheduler.Add(_cluster.SpecOf(request));
        if (result is { IsAccepted: true }) Step();
        Changed();
        return result;
    }

    /// <summary>Takes nothing new and ends when it is empty.</summary>
    public void Terminate()
    {
        Terminating = true;
        Changed();
        EndIfEmpty();
    }

    /// <summary>The manager's order: the requests that the choice puts first go to <paramref name="to"/>.</summary>
    public void Move(SimulatedInstance to, MoveLimits limits)
    {
        if (HasEnded || to.HasEnded) return;

        _candidates.Clear();
        int blockSize = _cluster.Options.Batching.BlockSize;
        foreach (var id in Scheduler.Requests)
        {
            var request = _cluster.Find(id);
            Scheduler.TryGetStatus(id, out var status);
            if (request.Migration is not null || status.Phase == SequencePhase.TakenOut) continue;

            _candidates.Add(new MoveCandidate(
                id,
                status.Priority,
                request.Arrival.Ticks,
                status.KnownTokens,
                status.BlockCount,
                (status.KnownTokens + blockSize - 1) / blockSize,
                status.Phase == SequencePhase.Running));
        }

        foreach (var id in RequestChoices.Choose(_cluster.Choice, _candidates, limits))
        {
            if (MigrationsOut >= _cluster.Options.MaxConcurrentMigrations) break;
            SimulatedMigration.Start(_cluster, _cluster.Find(id), this, to);
        }
    }

    /// <summary>Takes a migrating request out of the batch at the next step boundary.</summary>
    public void TakeOutSoon(SimulatedMigration migration)
    {
        if (Scheduler.StepUnderWay) _leaving.Add(migration);
        else migration.TakeOut();
    }

    public void KeepIn(SimulatedMigration migration) => _leaving.Remove(migration);

    /// <summary>Plans a step, if none is under way and there is something to do.</summary>
    public void Step()
    {
        if (Scheduler.StepUnderWay || _holdsSteps) return;

        do
        {
            _plan = Scheduler.Schedule();
            if (Scheduler.Preempted.Count > 0) TellPreempted();
        }
        while (_plan is null && Scheduler.Preempted.Count > 0);

        if (_plan is null) return;

        var work = StepWork.Of(_plan);
        _stepSeconds = _cluster.Options.Cost.SecondsOf(work);
        if (Copies > 0) _stepSeconds *= 1 + _cluster.Options.Links.SlowDown;
        BusySeconds += _stepSeconds;
        _cluster.Statistics.Count(work);
        _cluster.Clock.After(TimeSpan.FromSeconds(_stepSeconds), this, StepEnds);
    }

    /// <summary>Migrations of those that lost their blocks end, and what those held is free for the next plan.</summary>
    private void TellPreempted()
    {
        _holdsSteps = true;
        foreach (var id in Scheduler.Preempted)
        {
            var request = _cluster.Find(id);
            request.Preempt(_cluster.Clock.Now);
            request.Migration?.RequestLeft("it lost its blocks to another request");
        }

        _holdsSteps = false;
    }

    /// <summary>Its load is another one than a moment ago.</summary>
    public void Changed()
    {
        foreach (var channel in _cluster.Channels) channel.Changed(this);
    }

    public LoadReport Report() =>
        new(Id, 1, ++_reports, SimulatedCluster.Model, Scheduler.Load(), Terminating) { Tickets = _marks.ToArray() };

    /// <summary>Ends it, if it is to end and nothing is left on it.</summary>
    public void EndIfEmpty()
    {
        if (!Terminating || HasEnded || Scheduler.Requests.Count + MigrationsOut + MovingIn > 0) return;

        EndedAt = _cluster.Clock.Now;
        foreach (var channel in _cluster.Channels) channel.Ended(this);
    }

    void IEventHandler.Handle(in SimulationEvent happened)
    {
        var now = happened.At;
        _finished.Clear();
        foreach (ref readonly var item in _plan!.ItemSpan)
        {
            if (!item.Samples) continue;

            var request = _cluster.Find(item.Id);
            bool first = request.Generated == 0;
            var since = request.TakeToken(now, _stepSeconds, item is { Count: 1, Start: > 0 });
            if (!first) _cluster.Statistics.TokenTimes.Add(since);
            if (request.Ended) _finished.Add(item.Id);
        }

        foreach (var id in _finished)
        {
            _cluster.Find(id).Migration?.RequestLeft("the request finished");
            _cluster.Finished();
        }

        Scheduler.Complete(_plan, CollectionsMarshal.AsSpan(_finished));
        _holdsSteps = true;
        while (_leaving.Count > 0)
        {
            var migration = _leaving[0];
            _leaving.RemoveAt(0);
            migration.TakeOut();
        }

        _holdsSteps = false;
        Step();
        Changed();
        EndIfEmpty();
    }
}
