using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Migration;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Instances;

/// <summary>
/// One model copy in the cluster (the paper's llumlet): takes requests, lets the batch scheduler plan one step after the other, has its GPU
/// actor run them, and sends each gateway's node a frame of what came out while the next step runs. It never restarts: a failure, or a
/// step beyond its deadline, is its end, and the requests go on elsewhere.
/// </summary>
#pragma warning disable CA1001 // Actors are not disposed of: PostStop is where it ends, and the GPU actor ends the memory.
internal sealed class InstanceActor : ReceiveActor, IWithTimers, IMigratingInstance
#pragma warning restore CA1001
{
    private readonly InstanceSetup _setup;
    private readonly IModelExecutor _executor;
    private readonly IActorRef _reporter;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly BatchScheduler _scheduler;
    private readonly EndedRequests _ended;
    private readonly ExecutorBlockMemory _memory;
    private readonly InstanceMigrations _migrations;
    private readonly DispatchMarks _marks = new();
    private readonly Dictionary<RequestId, HostedRequest> _requests = [];
    private readonly Dictionary<IActorRef, FrameBuilder> _frames = [];
    private readonly List<RequestId> _finished = [];
    private readonly HashSet<RequestId> _stoppedInStep = [];
    private readonly Queue<(InstanceProtocol.Submit Submit, IActorRef Entity)> _afterStep = [];
    private readonly List<HostedRequest> _abandoned = [];
    private IActorRef _gpu = ActorRefs.Nobody;
    private long _stepStarted;
    private long _reports;
    private bool _reportPending;
    private bool _terminating;
    private long _generatedTokens;
    private long _promptTokens;
    private long _endedRequests;
    private TimeSpan _stepTime;

    public InstanceActor(InstanceSetup setup, IModelExecutor executor, IActorRef reporter)
    {
        _setup = setup;
        _executor = executor;
        _reporter = reporter;
        _scheduler = new BatchScheduler(setup.Batching);
        _ended = new EndedRequests(setup.Delivery.ResumeWindow, setup.Time);
        _memory = new ExecutorBlockMemory(executor);
        _migrations = new InstanceMigrations(this, setup.Migration, _log);
        Receive<GpuProtocol.StepDone>(FinishStep);
        Receive<TokenProtocol.AckFrame>(Acknowledge);
        Receive<InstanceProtocol.Submit>(submit => Submit(submit, Sender));
        Receive<InstanceProtocol.Stop>(Stop);
        Receive<InstanceProtocol.Resend>(Resend);
        Receive<MigrationProtocol.ForwardedResend>(Resend);
        Receive<MigrationProtocol.IForInstance>(message => _migrations.Handle(message, Sender));
        Receive<MigrationTick>(_ => _migrations.Tick());
        Receive<AuditProtocol.AuditInstance>(_ => _gpu.Tell(new GpuProtocol.Count(Audit()), Sender));
        Receive<InstanceProtocol.Terminate>(_ =>
        {
            _terminating = true;
            SendReport();
        });
        Receive<Report>(_ => SendReport());
        Receive<Check>(_ => CheckClocks());
        Receive<Terminated>(gone =>
        {
            if (gone.ActorRef.Equals(_gpu)) Die("its GPU actor stopped");
            else _migrations.Lost(gone.ActorRef);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="setup">What it is.</param>
    /// <param name="executor">Becomes the actor's to dispose.</param>
    /// <param name="reporter">Hears its load.</param>
    public static Props Props(InstanceSetup setup, IModelExecutor executor, IActorRef reporter) =>
        Akka.Actor.Props.Create(() => new InstanceActor(setup, executor, reporter));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        _gpu = Context.ActorOf(GpuActor.Props(_executor, _memory, _setup.Time), "gpu");
        Context.Watch(_gpu);
        var often = TimeSpan.FromTicks(Math.Min(_setup.Delivery.OrphanAfter.Ticks, _setup.StepDeadline.Ticks) / 4);
        Timers.StartPeriodicTimer(Check.Instance, Check.Instance, often);
        Timers.StartPeriodicTimer(MigrationTick.Instance, MigrationTick.Instance, _setup.Migration.Settings.RetryInterval);
        SendReport();
    }

    private void Submit(InstanceProtocol.Submit submit, IActorRef entity)
    {
        // Taken or refused: the report that follows counts it if it is to be counted.
        _marks.Note(submit.Ticket);
        ReportSoon();
        if (_requests.TryGetValue(submit.Request, out var known))
        {
            if (submit.Epoch == known.Epoch)
            {
                known.Entity = entity;
                entity.Tell(new InstanceProtocol.SubmitAccepted(submit.Request, submit.Epoch, _setup.Id), Self);
                return;
            }

            if (submit.Epoch < known.Epoch)
            {
                Refuse(submit, entity, SubmitRefusal.Stale, StaleSentence(submit, known.Epoch));
                return;
            }

            if (_migrations.TryPlaceHere(submit.Request, submit.Epoch))
            {
                GoOn(known, submit, entity);
                return;
            }

            Drop(known, known.Epoch);
        }

        if (_ended.TryGet(submit.Request, out var ended))
        {
            if (submit.Epoch == ended.Epoch && ended.Outbound is not null)
            {
                entity.Tell(new InstanceProtocol.SubmitAccepted(submit.Request, submit.Epoch, _setup.Id), Self);
                SendAgain(ended.Request, ended.Outbound, submit.Generated.Length, ended.Receiver);
                return;
            }

            if (submit.Epoch < ended.Epoch || (submit.Epoch == ended.Epoch && ended.Outbound is null))
            {
                Refuse(submit, entity, SubmitRefusal.Stale, StaleSentence(submit, ended.Epoch));
                return;
            }
        }

        if (_stoppedInStep.Contains(submit.Request))
        {
            // The step under way still computes an older placement of it, whose result must not be taken for this one's.
            _afterStep.Enqueue((submit, entity));
            return;
        }

        Admit(submit, entity);
        Step();
    }

    private void Admit(InstanceProtocol.Submit submit, IActorRef entity)
    {
        if (_terminating)
        {
            Refuse(submit, entity, SubmitRefusal.Terminating, $"The instance {_setup.Id} is terminating.");
            return;
        }

        if ((_setup.Rules.Validate(submit.Prompt) ?? submit.Sampling.Validate(_setup.Rules.VocabularySize)) is { } wrong)
        {
            Refuse(submit, entity, SubmitRefusal.Unservable, wrong);
            return;
        }

        var sequence = new Sequence(submit.Request, submit.Prompt, submit.Sampling, _setup.Rules, submit.Generated);
        var admission = _scheduler.Add(_setup.Hasher.Spec(sequence, submit.Priority, submit.Arrival));
        if (!admission.IsAccepted)
        {
            var reason = admission.Refusal == AdmissionRefusal.QueueFull ? SubmitRefusal.QueueFull : SubmitRefusal.Unservable;
            Refuse(submit, entity, reason, admission.ToString());
            return;
        }

        var outbound = new OutboundTokens<OutputToken>(submit.Epoch, submit.Generated.Length, _setup.Delivery.MaxUnacked);
        Host(sequence, outbound, submit, entity, waits: true);
        _promptTokens += submit.Prompt.Length;
        entity.Tell(new InstanceProtocol.SubmitAccepted(submit.Request, submit.Epoch, _setup.Id), Self);
    }

    private void Host(Sequence sequence, OutboundTokens<OutputToken> outbound, InstanceProtocol.Submit submit, IActorRef entity, bool waits)
    {
        _ended.Remove(submit.Request);
        if (!_frames.TryGetValue(submit.Receiver, out var frames))
        {
            frames = new FrameBuilder(submit.Receiver);
            _frames.Add(submit.Receiver, frames);
        }

        frames.Users++;
        _requests.Add(submit.Request, new HostedRequest
        {
            Sequence = sequence,
            Outbound = outbound,
            Arrival = submit.Arrival,
            Entity = entity,
            Frames = frames,
            Acknowledged = _setup.Time.GetTimestamp(),
            WaitsSince = waits ? _setup.Time.GetTimestamp() : null,
        });
        _gpu.Tell(new GpuProtocol.Hold(sequence));
        ReportSoon();
    }

    /// <summary>The entity has placed a request here again that stands still here after an undecided move: it goes on with all it has.</summary>
    private void GoOn(HostedRequest hosted, InstanceProtocol.Submit submit, IActorRef entity)
    {
        var before = hosted.Outbound;
        var outbound = new OutboundTokens<OutputToken>(submit.Epoch, before.AcknowledgedIndex, _setup.Delivery.MaxUnacked);
        foreach (var token in before.Unacknowledged) outbound.Append(token);
        outbound.Acknowledge(submit.Generated.Length, ended: false);
        hosted.Outbound = outbound;
        hosted.Entity = entity;
        hosted.Acknowledged = _setup.Time.GetTimestamp();
        entity.Tell(new InstanceProtocol.SubmitAccepted(submit.Request, submit.Epoch, _setup.Id), Self);
        SettlePause(hosted);
        hosted.Frames.Add(hosted.Id, outbound);
        SendFrames();
        Step();
    }

    private void Refuse(InstanceProtocol.Submit submit, IActorRef entity, SubmitRefusal reason, string sentence) =>
        entity.Tell(new InstanceProtocol.SubmitRefused(submit.Request, submit.Epoch, _setup.Id, reason, sentence), Self);

    private static string StaleSentence(InstanceProtocol.Submit submit, Epoch newest) =>
        $"Request {submit.Request} was placed here in epoch {newest}, so epoch {submit.Epoch} may not run.";

    private void Stop(InstanceProtocol.Stop stop)
    {
        _migrations.Void(stop.Request, stop.Epoch);
        if (_requests.TryGetValue(stop.Request, out var hosted) && hosted.Epoch <= stop.Epoch)
        {
            Drop(hosted, stop.Epoch);
            Step();
        }
        else if (!_requests.ContainsKey(stop.Request) && (!_ended.TryGet(stop.Request, out var ended) || ended.Epoch <= stop.Epoch))
        {
            // A submit that this stop overtook must find it.
            _ended.Add(new EndedRequest(stop.Request, stop.Epoch, null, ActorRefs.Nobody, _setup.Time.GetTimestamp()));
        }

        Sender.Tell(new InstanceProtocol.Stopped(stop.Request, stop.Epoch, _setup.Id));
    }

    /// <summary>Takes a request out before its end; its tokens are forgotten, its epoch is not.</summary>
    private void Drop(HostedRequest hosted, Epoch epoch)
    {
        _migrations.RequestLeft(hosted.Id, "the request was stopped here");
        _scheduler.Cancel(hosted.Id);
        if (_scheduler.StepUnderWay) _stoppedInStep.Add(hosted.Id);
        _endedRequests++;
        Remove(hosted);
        _ended.Add(new EndedRequest(hosted.Id, epoch, null, hosted.Frames.Receiver, _setup.Time.GetTimestamp()));
        ReportSoon();
    }

    private void Remove(HostedRequest hosted)
    {
        _requests.Remove(hosted.Id);
        _gpu.Tell(new GpuProtocol.LetGo(hosted.Id));
        hosted.Frames.Users--;
    }

    private void Resend(InstanceProtocol.Resend resend)
    {
        if (_requests.TryGetValue(resend.Request, out var hosted) && hosted.Epoch == resend.Epoch)
            SendAgain(hosted.Id, hosted.Outbound, resend.From, hosted.Frames.Receiver);
        else if (_ended.TryGet(resend.Request, out var ended) && ended.Epoch == resend.Epoch && ended.Outbound is not null)
            SendAgain(ended.Request, ended.Outbound, resend.From, ended.Receiver);
        else if (ended is { MovedTo: { } movedTo } && ended.Epoch == resend.Epoch)
            movedTo.Instance.Tell(new MigrationProtocol.ForwardedResend(resend.Request, movedTo.Epoch, resend.Epoch, _setup.Id, resend.From, Sender), Self);
        else if (!_afterStep.Any(waiting => waiting.Submit.Request == resend.Request))
            Sender.Tell(new InstanceProtocol.NotHere(resend.Request, resend.Epoch, _setup.Id));
    }

    /// <summary>The entity asks the request's former instance, not knowing that it moved; or it was taken from here too.</summary>
    private void Resend(MigrationProtocol.ForwardedResend resend)
    {
        if (_requests.TryGetValue(resend.Request, out var hosted) && hosted.Epoch == resend.Moved)
            SendAgain(hosted.Id, hosted.Outbound, resend.From, hosted.Frames.Receiver);
        else if (_ended.TryGet(resend.Request, out var ended) && ended.Epoch == resend.Moved && ended.Outbound is not null)
            SendAgain(ended.Request, ended.Outbound, resend.From, ended.Receiver);
        else if (ended is { MovedTo: { } movedTo } && ended.Epoch == resend.Moved)
            movedTo.Instance.Tell(resend with { Moved = movedTo.Epoch }, Self);
        else
            resend.Entity.Tell(new InstanceProtocol.NotHere(resend.Request, resend.Asked, resend.Source), Self);
    }

    private void SendAgain(RequestId request, OutboundTokens<OutputToken> outbound, int from, IActorRef receiver)
    {
        outbound.ResendFrom(from);
        var frame = new FrameBuilder(receiver);
        frame.Add(request, outbound);
        receiver.Tell(frame.Take(_setup.Id, _setup.Incarnation));
    }

    private void Acknowledge(TokenProtocol.AckFrame frame)
    {
        long now = _setup.Time.GetTimestamp();
        bool resumed = false;
        foreach (var entry in frame.Entries)
        {
            if (_requests.TryGetValue(entry.Request, out var hosted))
            {
                if (hosted.Epoch != entry.Epoch) continue;
                hosted.Acknowledged = now;
                hosted.Orphaned = false;
                hosted.Outbound.Acknowledge(entry.NextIndex, entry.Ended);
                resumed |= SettlePause(hosted);
            }
            else if (_ended.TryGet(entry.Request, out var ended) && ended.Epoch == entry.Epoch)
            {
                ended.Outbound?.Acknowledge(entry.NextIndex, entry.Ended);
            }
        }

        if (resumed) Step();
    }

    /// <summary>Pauses or resumes a request as its acknowledgements say; true where it was resumed.</summary>
    private bool SettlePause(HostedRequest hosted)
    {
        bool pause = hosted.Orphaned || hosted.Outbound.Paused;
        if (pause == hosted.Paused) return false;

        hosted.Paused = pause;
        _scheduler.SetPaused(hosted.Id, pause);
        return !pause;
    }

    private void Step()
    {
        if (_scheduler.StepUnderWay || _scheduler.Schedule() is not { } plan) return;

        foreach (var preempted in plan.Preempted) _migrations.RequestLeft(preempted, "it lost its blocks to another request");
        _stepStarted = _setup.Time.GetTimestamp();
        foreach (var admitted in plan.Admitted) NoteStart(admitted);
        _gpu.Tell(new GpuProtocol.RunStep(plan));
    }

    /// <summary>Measures how long a request waited for its first step; one that was preempted does not wait for it again.</summary>
    private void NoteStart(RequestId request)
    {
        if (!_requests.TryGetValue(request, out var hosted) || hosted.WaitsSince is not { } since) return;

        hosted.WaitsSince = null;
        _setup.Metrics.QueueTime.Observe(_setup.Time.GetElapsedTime(since, _stepStarted));
    }

    private void FinishStep(GpuProtocol.StepDone done)
    {
        // The last few dozen steps count, the latest most.
        _stepTime = _stepTime == TimeSpan.Zero ? done.Duration : _stepTime + ((done.Duration - _stepTime) / 16);
        _finished.Clear();
        foreach (var sampled in done.Sampled)
        {
            if (_requests.TryGetValue(sampled.Id, out var hosted)) TakeToken(hosted, sampled);
        }

        _scheduler.Complete(done.Plan, CollectionsMarshal.AsSpan(_finished));
        HashFilledBlocks(done.Sampled);
        _stoppedInStep.Clear();
        // Before anything plans the next step.
        _migrations.AtStepBoundary();
        while (_afterStep.TryDequeue(out var waiting)) Submit(waiting.Submit, waiting.Entity);

        // The frames go out while the next step runs.
        Step();
        SendFrames();
        ReportSoon();
    }

    private void SendFrames()
    {
        foreach (var frames in _frames.Values)
        {
            if (!frames.IsEmpty) frames.Receiver.Tell(frames.Take(_setup.Id, _setup.Incarnation));
        }
    }

    private void TakeToken(HostedRequest hosted, in SampledToken sampled)
    {
        if (sampled.Finish != FinishReason.Failed)
        {
            _generatedTokens++;
            hosted.Outbound.Append(new OutputToken(sampled.Token, sampled.Logprobs));
        }

        if (sampled.Finish == FinishReason.None)
        {
            hosted.Frames.Add(hosted.Id, hosted.Outbound);
            SettlePause(hosted);
            return;
        }

        _migrations.RequestLeft(hosted.Id, "the request finished");
        hosted.Outbound.End(sampled.Finish);
        hosted.Frames.Add(hosted.Id, hosted.Outbound);
        _finished.Add(hosted.Id);
        _endedRequests++;
        Remove(hosted);
        _ended.Add(new EndedRequest(hosted.Id, hosted.Epoch, hosted.Outbound, hosted.Frames.Receiver, _setup.Time.GetTimestamp()));
    }

    /// <summary>Names the blocks that the step's tokens filled, so that a later prompt that goes on from here finds them.</summary>
    private void HashFilledBlocks(SampledToken[] sampledTokens)
    {
        foreach (var sampled in sampledTokens)
        {
            if (!_requests.TryGetValue(sampled.Id, out var hosted)) continue;
            while (_setup.Hasher.TryHashFilled(hosted.Sequence, out var hash)) _scheduler.BlockFilled(hosted.Id, hash);
        }
    }

    private void CheckClocks()
    {
        long now = _setup.Time.GetTimestamp();
        if (_scheduler.StepUnderWay && _setup.Time.GetElapsedTime(_stepStarted, now) > _setup.StepDeadline)
        {
            Die($"a step has run for more than step-deadline ({_setup.StepDeadline})");
            return;
        }

        _ended.Expire();
        foreach (var hosted in _requests.Values)
        {
            var silence = _setup.Time.GetElapsedTime(hosted.Acknowledged, now);
            if (silence >= _setup.Delivery.ResumeWindow) _abandoned.Add(hosted);
            if (silence < _setup.Delivery.OrphanAfter) continue;
            hosted.Orphaned = true;
            SettlePause(hosted);
        }

        foreach (var hosted in _abandoned)
        {
            _log.Info("Request {0} is dropped: nobody has acknowledged its tokens for {1}.", hosted.Id, _setup.Delivery.ResumeWindow);
            Drop(hosted, hosted.Epoch);
        }

        if (_abandoned.Count > 0) Step();
        _abandoned.Clear();
        foreach (var (receiver, frames) in _frames)
        {
            if (frames.Users == 0) _frames.Remove(receiver);
        }
    }

    InstanceSetup IMigratingInstance.Setup => _setup;

    IActorRef IMigratingInstance.Self => Self;

    BatchScheduler IMigratingInstance.Scheduler => _scheduler;

    ExecutorBlockMemory IMigratingInstance.Memory => _memory;

    bool IMigratingInstance.Terminating
    {
        get => _terminating;
        set
        {
            _terminating = value;
            SendReport();
        }
    }

    IEnumerable<HostedRequest> IMigratingInstance.Requests => _requests.Values;

    bool IMigratingInstance.OwesNothing =>
        _requests.Count == 0 && !_scheduler.StepUnderWay && _ended.AreSettled(2 * _setup.Delivery.ResendAfter, _setup.Delivery.OrphanAfter);

    HostedRequest? IMigratingInstance.Find(RequestId request) => _requests.GetValueOrDefault(request);

    Epoch IMigratingInstance.NewestEpoch(RequestId request) =>
        _requests.TryGetValue(request, out var hosted) ? hosted.Epoch : _ended.TryGet(request, out var ended) ? ended.Epoch : default;

    void IMigratingInstance.Release(HostedRequest hosted, MovedTo? movedTo)
    {
        _scheduler.Cancel(hosted.Id);
        Remove(hosted);
        _ended.Add(new EndedRequest(hosted.Id, hosted.Epoch, null, hosted.Frames.Receiver, _setup.Time.GetTimestamp(), movedTo));
        ReportSoon();
        Step();
    }

    bool IMigratingInstance.Take(MigrationProtocol.Commit commit, ReadOnlySpan<BlockId> blocks)
    {
        var submit = commit.State;
        if (_requests.TryGetValue(submit.Request, out var older)) Drop(older, older.Epoch);
        if (_stoppedInStep.Contains(submit.Request)) return false;

        var sequence = new Sequence(submit.Request, submit.Prompt, submit.Sampling, _setup.Rules, submit.Generated);
        var spec = _setup.Hasher.Spec(sequence, submit.Priority, submit.Arrival);
        if (!blocks.IsEmpty)
        {
            int needed = (spec.KnownTokens + _setup.Batching.BlockSize - 1) / _setup.Batching.BlockSize;
            if (blocks.Length < needed) return false;
            _scheduler.Join(spec, commit.Computed, blocks[..needed]);
            _scheduler.ReleaseReservation(blocks[needed..], place: false);
        }
        else if (!_scheduler.Add(spec).IsAccepted)
        {
            return false;
        }

        var outbound = new OutboundTokens<OutputToken>(submit.Epoch, commit.Acknowledged, _setup.Delivery.MaxUnacked);
        for (int i = commit.Acknowledged; i < submit.Generated.Length; i++)
            outbound.Append(new OutputToken(submit.Generated[i], commit.Logprobs?[i - commit.Acknowledged]));
        Host(sequence, outbound, submit, commit.Entity, waits: blocks.IsEmpty);
        // A client that did not read at the source does not here.
        SettlePause(_requests[submit.Request]);
        // Even without tokens: the entity learns by it who speaks from now on.
        SendAgain(submit.Request, outbound, commit.Acknowledged, submit.Receiver);
        return true;
    }

    void IMigratingInstance.Watch(IActorRef other) => Context.Watch(other);

    void IMigratingInstance.LoadChanged() => ReportSoon();

    void IMigratingInstance.Step() => Step();

    private InstanceAudit Audit()
    {
        var blocks = _scheduler.Audit(_migrations.ReservedBlocks, _migrations.PinnedBlocks);
        List<string> problems = [.. blocks.Problems];
        if (_migrations.ReservedPlaces != _scheduler.ReservedPlaces)
            problems.Add($"{_scheduler.ReservedPlaces} places of the batch are reserved, but migrations hold {_migrations.ReservedPlaces}.");
        problems.AddRange(_requests.Keys.Except(_scheduler.Requests).Select(id => $"Request {id} is here, but not in the batch scheduler."));
        problems.AddRange(_scheduler.Requests.Except(_requests.Keys).Select(id => $"Request {id} is in the batch scheduler, but not here."));
        problems.AddRange(_migrations.Remembered.Except(_requests.Keys).Select(id => $"Moves of request {id} are remembered, but it is not here."));
        return new InstanceAudit(
            _setup.Id,
            blocks.Total,
            blocks.Free,
            blocks.OfRequests,
            blocks.Reserved,
            blocks.Pinned,
            _scheduler.ReservedPlaces,
            _requests.Count,
            0,
            _migrations.OutCount,
            _migrations.InCount,
            _migrations.OutcomesKept,
            _ended.Count,
            _ended.Moved,
            _frames.Count,
            [.. problems]);
    }

    protected override void PostStop()
    {
        _setup.Metrics.End();
        _migrations.Dispose();
    }

    private void Die(string why)
    {
        _log.Error("Instance {0} stops: {1}.", _setup.Id, why);
        // Told first: this actor is not gone before a step that hangs has ended.
        _reporter.Tell(new LoadProtocol.InstanceEnded(_setup.Id, _setup.Incarnation));
        Context.Stop(Self);
    }

    private void ReportSoon()
    {
        if (_reportPending) return;

        _reportPending = true;
        // The node's reporter keeps the interval; this only gathers what one step changes.
        Timers.StartSingleTimer(Report.Instance, Report.Instance, _setup.Load.ReportInterval / 4);
    }

    private void SendReport()
    {
        _reportPending = false;
        var report = new LoadProtocol.InstanceReport(
            new LoadReport(_setup.Id, _setup.Incarnation, ++_reports, _setup.Model, _scheduler.Load(), _terminating)
            {
                Tickets = _marks.ToArray(),
                MovingOut = _migrations.OutCount,
                MovingIn = _migrations.InCount,
            },
            _setup.Node,
            _setup.Device,
            _setup.KernelClass,
            _scheduler.PreemptionCount,
            _generatedTokens,
            _promptTokens,
            _stepTime,
            Self)
        {
            EndedRequests = _endedRequests,
        };
        _setup.Metrics.Report(report, _scheduler.PrefixCacheQueries, _scheduler.PrefixCacheHits);
        _reporter.Tell(report);
    }

    private sealed record Report
    {
        public static Report Instance { get; } = new();
    }

    private sealed record Check
    {
        public static Check Instance { get; } = new();
    }

    private sealed record MigrationTick
    {
        public static MigrationTick Instance { get; } = new();
    }
}
