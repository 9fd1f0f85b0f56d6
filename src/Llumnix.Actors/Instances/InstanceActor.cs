using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Migration;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Requests;
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
    private readonly Queue<(InstanceProtocol.WhoHas Question, IActorRef Asker)> _askedInStep = [];
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
        Receive<InstanceProtocol.WhoHas>(question =>
        {
            // The step under way may be writing the sequence.
            if (_scheduler.StepUnderWay) _askedInStep.Enqueue((question, Sender));
            else Answer(question, Sender);
        });
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
                SayNotHere(submit.Request, submit.Epoch, known.Epoch, entity);
                return;
            }

            if (_scheduler.StepUnderWay)
            {
                // It may be writing the sequence.
                _afterStep.Enqueue((submit, entity));
                return;
            }

            if (IsSame(known, submit))
            {
                _migrations.PlacedHere(submit.Request, submit.Epoch);
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

            if (submit.Epoch == ended.Epoch && ended.MovedTo is { } movedTo)
            {
                entity.Tell(MovedOn(ended, movedTo), Self);
                return;
            }

            if (submit.Epoch <= ended.Epoch)
            {
                SayNotHere(submit.Request, submit.Epoch, ended.Epoch, entity);
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
        _requests.Add(submit.Request, new HostedRequest
        {
            Sequence = sequence,
            Outbound = outbound,
            Arrival = submit.Arrival,
            Entity = entity,
            Frames = UseFrames(submit.Receiver),
            Acknowledged = _setup.Time.GetTimestamp(),
            WaitsSince = waits ? _setup.Time.GetTimestamp() : null,
        });
        _gpu.Tell(new GpuProtocol.Hold(sequence));
        ReportSoon();
    }

    private FrameBuilder UseFrames(IActorRef receiver)
    {
        if (!_frames.TryGetValue(receiver, out var frames))
        {
            frames = new FrameBuilder(receiver);
            _frames.Add(receiver, frames);
        }

        frames.Users++;
        return frames;
    }

    /// <summary>
    /// Whether what a newer placement asks for is what runs here already: the same prompt, the same parameters, and output of which one is
    /// the beginning of the other. Of an output with log probabilities those that were acknowledged are not kept.
    /// </summary>
    private static bool IsSame(HostedRequest hosted, InstanceProtocol.Submit submit)
    {
        var sequence = hosted.Sequence;
        int common = Math.Min(sequence.OutputLength, submit.Generated.Length);
        return sequence.Tokens[..sequence.PromptLength].SequenceEqual(submit.Prompt)
            && sequence.Output[..common].SequenceEqual(submit.Generated.AsSpan(0, common))
            && RequestFingerprint.Of(submit.Prompt, submit.Sampling) == RequestFingerprint.Of(submit.Prompt, sequence.Parameters)
            && (sequence.Parameters.Logprobs is null || hosted.Outbound.AcknowledgedIndex <= submit.Generated.Length);
    }

    /// <summary>
    /// The entity has placed a request here again that is here in an older epoch: it stands still after an undecided move, was suspected, or
    /// is taken over by another gateway. It goes on with all it has.
    /// </summary>
    private void GoOn(HostedRequest hosted, InstanceProtocol.Submit submit, IActorRef entity)
    {
        var before = hosted.Outbound;
        int known = Math.Min(submit.Generated.Length, before.NextIndex);
        var outbound = new OutboundTokens<OutputToken>(submit.Epoch, known, _setup.Delivery.MaxUnacked);
        for (int i = known; i < before.NextIndex; i++)
        {
            outbound.Append(i < before.AcknowledgedIndex
                ? new OutputToken(hosted.Sequence.Output[i], null)
                : before.Unacknowledged[i - before.AcknowledgedIndex]);
        }

        hosted.Outbound = outbound;
        hosted.Entity = entity;
        hosted.Acknowledged = _setup.Time.GetTimestamp();
        hosted.Orphaned = false;
        hosted.Frames.Users--;
        hosted.Frames = UseFrames(submit.Receiver);
        entity.Tell(new InstanceProtocol.SubmitAccepted(submit.Request, submit.Epoch, _setup.Id), Self);
        SettlePause(hosted);
        hosted.Frames.Add(hosted.Id, outbound);
        SendFrames();
        Step();
    }

    /// <summary>Another gateway takes the request over, if it is here.</summary>
    private void Answer(InstanceProtocol.WhoHas question, IActorRef asker)
    {
        var request = question.Request;
        object answer = _requests.TryGetValue(request, out var hosted) ? Describe(question, hosted)
            : !_ended.TryGet(request, out var ended) ? new InstanceProtocol.HoldsNot(request, _setup.Id, default)
            : ended.MovedTo is { } movedTo ? MovedOn(ended, movedTo)
            : ended is { Output: { } output, Outbound: { } outbound } ? Describe(question, ended.Epoch, output.Fingerprint, output.Tokens, outbound)
            : new InstanceProtocol.HoldsNot(request, _setup.Id, ended.Epoch);

        // The entity that lets it move may be gone, and the one that comes must find it where it asked for it.
        if (answer is InstanceProtocol.Holds && hosted is not null) _migrations.TakenOver(request);
        asker.Tell(answer, Self);
    }

    private object Describe(InstanceProtocol.WhoHas question, HostedRequest hosted)
    {
        var sequence = hosted.Sequence;
        ulong fingerprint = RequestFingerprint.Of(sequence.Tokens[..sequence.PromptLength], sequence.Parameters);
        return Describe(question, hosted.Epoch, fingerprint, sequence.Output.ToArray(), hosted.Outbound);
    }

    private object Describe(
        InstanceProtocol.WhoHas question, Epoch epoch, ulong fingerprint, int[] output, OutboundTokens<OutputToken> outbound)
    {
        if (question.Fingerprint != fingerprint) return new InstanceProtocol.Differs(question.Request, _setup.Id);
        // What was acknowledged has lost its log probabilities, and the client lacks some of it.
        if (question.WithLogprobs && question.From < outbound.AcknowledgedIndex) return new InstanceProtocol.HoldsNot(question.Request, _setup.Id, epoch);

        TokenLogprobs?[]? logprobs = question.WithLogprobs ? new TokenLogprobs?[outbound.Unacknowledged.Length] : null;
        for (int i = 0; i < logprobs?.Length; i++) logprobs[i] = outbound.Unacknowledged[i].Logprobs;
        return new InstanceProtocol.Holds(question.Request, _setup.Id, epoch, output, logprobs, outbound.Finish);
    }

    private InstanceProtocol.MovedOn MovedOn(EndedRequest ended, MovedTo movedTo) =>
        new(ended.Request, ended.Epoch, _setup.Id, movedTo.To, movedTo.Instance, movedTo.Epoch);

    private void Refuse(InstanceProtocol.Submit submit, IActorRef entity, SubmitRefusal reason, string sentence) =>
        entity.Tell(new InstanceProtocol.SubmitRefused(submit.Request, submit.Epoch, _setup.Id, reason, sentence), Self);

    /// <summary>Its entity places it again, if it still asks for that epoch; unless another gateway's entity has taken it over.</summary>
    private void SayNotHere(RequestId request, Epoch epoch, Epoch newest, IActorRef entity) => entity.Tell(
        epoch.IsTakenOverBy(newest)
            ? new InstanceProtocol.SubmitRefused(request, epoch, _setup.Id, SubmitRefusal.Stale, $"Request {request} was taken over by another gateway.")
            : new InstanceProtocol.NotHere(request, epoch, _setup.Id),
        Self);

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
            Sender.Tell(MovedOn(ended, movedTo));
        else if (!_afterStep.Any(waiting => waiting.Submit.Request == resend.Request))
            SayNotHere(resend.Request, resend.Epoch, ((IMigratingInstance)this).NewestEpoch(resend.Request), Sender);
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
        while (_askedInStep.TryDequeue(out var asked)) Answer(asked.Question, asked.Asker);
        // Before anything plans the next step.
        _migrations.AtStepBoundary();
        // Each of them may start the next step, which those behind then wait for.
        for (int left = _afterStep.Count; left > 0 && _afterStep.TryDequeue(out var waiting); left--) Submit(waiting.Submit, waiting.Entity);

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
        _ended.Add(new EndedRequest(hosted.Id, hosted.Epoch, hosted.Outbound, hosted.Frames.Receiver, _setup.Time.GetTimestamp())
        {
            Output = sampled.Finish == FinishReason.Failed ? null : EndedOutput.Of(hosted.Sequence),
        });
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

    ActorSystem IMigratingInstance.System => Context.System;

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

    long IMigratingInstance.Reports => _reports;

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
