using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Instances;
using Llumnix.Actors.KvStreams;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Migration;

/// <summary>The migrations out of one instance: performs what each one's <see cref="MigrationSource"/> decides.</summary>
internal sealed class MigrationsOut(IMigratingInstance instance, MigrationSetup setup, ILoggingAdapter log) : IDisposable
{
    private const int RecordsKept = 1000;

    private readonly Dictionary<MigrationId, OutgoingMigration> _byId = [];
    private readonly Dictionary<RequestId, OutgoingMigration> _byRequest = [];
    private readonly Dictionary<RequestId, int> _attempts = [];
    private readonly Queue<MigrationRecord> _records = new();
    private readonly HashSet<BlockId[]> _pinned = [];
    private readonly Dictionary<RequestId, string> _warned = [];

    private TimeProvider Time => instance.Setup.Time;

    private int BlockSize => instance.Setup.Batching.BlockSize;

    public int Count => _byId.Count;

    public IEnumerable<MigrationRecord> Records => _records.Concat(_byId.Values.Select(migration => Record(migration, null, "")));

    /// <summary>The blocks of stages under way, whose migration may have ended already.</summary>
    public IEnumerable<BlockId> PinnedBlocks => _pinned.SelectMany(static blocks => blocks);

    /// <summary>The requests of which anything is remembered here; each must be on the instance.</summary>
    public IEnumerable<RequestId> Remembered => _attempts.Keys.Concat(_warned.Keys).Concat(_byRequest.Keys).Distinct();

    public bool IsMigrating(RequestId request) => _byRequest.ContainsKey(request);

    /// <summary>Begins to move a request; returns what is wrong, or nothing.</summary>
    public string? Start(HostedRequest hosted, InstanceId to, IActorRef toActor, MigrationMethod method)
    {
        if (to == instance.Setup.Id) return $"Request {hosted.Id} is on {to} already.";
        if (_byRequest.TryGetValue(hosted.Id, out var other)) return $"Request {hosted.Id} is being moved to {other.To}.";
        if (_byId.Count >= setup.Settings.MaxConcurrentOut)
            return $"{instance.Setup.Id} has {_byId.Count} migrations under way, which is llumnix.migration.max-concurrent-out.";

        var (full, blocks) = CountBlocks(hosted);
        var start = MigrationSource.Start(setup.Settings.Options, method, full, blocks);
        var migration = new OutgoingMigration
        {
            Id = new MigrationId((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue)),
            Hosted = hosted,
            State = start.State,
            To = to,
            ToActor = toActor,
            Epoch = hosted.Epoch,
            Attempt = _attempts[hosted.Id] = _attempts.GetValueOrDefault(hosted.Id) + 1,
            StartedAt = Time.GetUtcNow(),
            Started = Time.GetTimestamp(),
        };
        _byId.Add(migration.Id, migration);
        _byRequest.Add(hosted.Id, migration);
        instance.Watch(toActor);
        Perform(migration, start.Effects);
        instance.LoadChanged();
        return null;
    }

    public void Granted(MigrationProtocol.MoveGranted granted)
    {
        // An old grant, of an entity that the request was taken from, is none.
        if (_byRequest.TryGetValue(granted.Request, out var migration) && migration.To == granted.To
            && granted.Granted > migration.Epoch && !migration.Epoch.IsTakenOverBy(granted.Granted))
            Handle(migration, new SourceEvent.MoveGranted(granted.Granted));
    }

    public void Denied(MigrationProtocol.MoveDenied denied)
    {
        if (_byRequest.TryGetValue(denied.Request, out var migration) && migration.To == denied.To)
            Handle(migration, SourceEvent.MoveDenied.Instance);
    }

    public void Reserved(MigrationProtocol.BlocksReserved reserved)
    {
        if (!_byId.TryGetValue(reserved.Migration, out var migration)) return;

        migration.Endpoint = new KvEndpoint(reserved.Process, reserved.Host, reserved.Port);
        migration.StreamId = new KvStreamId(reserved.Stream);
        if (migration.Stream is null && reserved.Blocks > 0) Open(migration);
        Handle(migration, new SourceEvent.BlocksReserved(reserved.Blocks));
    }

    public void Refused(MigrationProtocol.ReservationRefused refused) => Handle(refused.Migration, new SourceEvent.ReservationRefused(refused.Reason));

    public void Committed(MigrationProtocol.Committed committed)
    {
        if (!_byId.TryGetValue(committed.Migration, out var migration)) return;

        if (committed.Machine == setup.Machine) migration.JoinedAt = committed.JoinedAt;
        Handle(migration, SourceEvent.Committed.Instance);
    }

    public void CommitUnknown(MigrationProtocol.CommitUnknown unknown) => Handle(unknown.Migration, SourceEvent.CommitUnknown.Instance);

    public void StreamOpened(StreamOpened opened)
    {
        if (_byId.TryGetValue(opened.Migration, out var migration) && migration.TakeOutPending) TakeOut(migration);
    }

    public void StageEnded(StageEnded ended)
    {
        _pinned.Remove(ended.Pinned);
        foreach (var block in ended.Pinned) instance.Scheduler.Blocks.Release(block);
        instance.LoadChanged();
        if (_byId.TryGetValue(ended.Migration, out var migration))
        {
            var (full, blocks) = CountBlocks(migration.Hosted);
            Handle(migration, ended.Problem is { } problem ? new SourceEvent.StageFailed(problem) : new SourceEvent.StageCopied(full, blocks));
        }

        // Where their request left meanwhile, its blocks are free only now: somebody may wait for them.
        instance.Step();
    }

    /// <summary>No step is under way: requests that are to leave the batch leave it.</summary>
    public void AtStepBoundary()
    {
        if (_byId.Count == 0) return;
        foreach (var migration in _byId.Values.Where(migration => migration.TakeOutPending).ToArray()) TakeOut(migration);
    }

    /// <summary>The request finished, was preempted or was dropped; the instance frees what it held.</summary>
    public void RequestLeft(RequestId request, string reason)
    {
        _attempts.Remove(request);
        _warned.Remove(request);
        if (_byRequest.TryGetValue(request, out var migration)) Handle(migration, new SourceEvent.RequestLeft(reason, BlocksHeld: false));
    }

    /// <summary>
    /// The entity has placed the request here in a newer epoch: if its move was undecided this decides it, and an earlier one ends here. The
    /// request goes on with what it has.
    /// </summary>
    public void PlacedHere(RequestId request, Epoch epoch)
    {
        if (_byRequest.TryGetValue(request, out var migration)) Handle(migration, new SourceEvent.PlacedHere(epoch));
        TakenOver(request);
    }

    /// <summary>Another gateway asks for the request: it does not move before its entity has let it.</summary>
    public void TakenOver(RequestId request)
    {
        if (_byRequest.TryGetValue(request, out var migration)) Handle(migration, SourceEvent.TakenOver.Instance);
    }

    public void Lost(IActorRef destination)
    {
        foreach (var migration in _byId.Values.Where(migration => migration.ToActor.Equals(destination)).ToArray())
            Handle(migration, SourceEvent.DestinationLost.Instance);
    }

    public void Retry()
    {
        foreach (var migration in _byId.Values.ToArray()) Handle(migration, SourceEvent.Retry.Instance);
    }

    public void Dispose()
    {
        foreach (var migration in _byId.Values) Close(migration);
    }

    private void Handle(MigrationId id, SourceEvent happened)
    {
        if (_byId.TryGetValue(id, out var migration)) Handle(migration, happened);
    }

    private void Handle(OutgoingMigration migration, SourceEvent happened)
    {
        var (state, effects) = migration.State.Handle(happened);
        migration.State = state;
        Perform(migration, effects);
    }

    private void Perform(OutgoingMigration migration, IReadOnlyList<SourceEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SourceEffect.AskEntity:
                    TellEntity(migration, new MigrationProtocol.MayMove(
                        migration.Hosted.Id, migration.Epoch, instance.Setup.Id, migration.To, migration.ToActor, migration.Attempt));
                    break;
                case SourceEffect.Reserve reserve:
                    Reserve(migration, reserve);
                    break;
                case SourceEffect.Copy copy when migration.State.Phase == SourcePhase.Committing:
                    migration.LastStage = copy;
                    break;
                case SourceEffect.Copy copy:
                    Copy(migration, copy);
                    break;
                case SourceEffect.TakeOut:
                    migration.TakeOutPending = true;
                    TakeOut(migration);
                    break;
                case SourceEffect.SendCommit commit when !migration.CommitSent:
                    SendLastStage(migration, commit);
                    break;
                case SourceEffect.SendCommit commit:
                    migration.ToActor.Tell(CommitOf(migration, commit), instance.Self);
                    break;
                case SourceEffect.AbortDestination:
                    migration.ToActor.Tell(new MigrationProtocol.Abort(migration.Id), instance.Self);
                    break;
                case SourceEffect.TellAborted aborted:
                    TellEntity(migration, new MigrationProtocol.MoveAborted(migration.Hosted.Id, aborted.Granted));
                    break;
                case SourceEffect.AskDecision:
                    TellEntity(migration, new MigrationProtocol.MoveUndecided(migration.Hosted.Id, instance.Setup.Id, migration.Epoch));
                    break;
                case SourceEffect.PutBack:
                    migration.TakeOutPending = false;
                    if (instance.Scheduler.PutBack(migration.Hosted.Id)) instance.Step();
                    break;
                case SourceEffect.Resume:
                    // The instance gives it the new epoch, with the tokens that its entity lacks.
                    instance.Scheduler.PutBack(migration.Hosted.Id);
                    break;
                case SourceEffect.Release release:
                    instance.Release(migration.Hosted, release.Moved ? new MovedTo(migration.To, migration.ToActor, migration.State.Granted!.Value) : null);
                    break;
                case SourceEffect.Finish finish:
                    Finish(migration, finish);
                    break;
                default:
                    throw new InvalidOperationException($"{effect.GetType().Name} is not an effect of a migration's source.");
            }
        }
    }

    private void TellEntity(OutgoingMigration migration, object message) => migration.Hosted.Entity.Tell(message, instance.Self);

    /// <summary>How many of a request's blocks are full of computed positions, and how many have any.</summary>
    private (int Full, int Blocks) CountBlocks(HostedRequest hosted) => instance.Scheduler.TryGetStatus(hosted.Id, out var status)
        ? (status.ComputedTokens / BlockSize, (status.ComputedTokens + BlockSize - 1) / BlockSize)
        : (0, 0);

    private void Reserve(OutgoingMigration migration, SourceEffect.Reserve reserve)
    {
        // A prompt that is not computed to its end yet has all its blocks already.
        instance.Scheduler.TryGetStatus(migration.Hosted.Id, out var status);
        int known = (status.KnownTokens + BlockSize - 1) / BlockSize;
        migration.ToActor.Tell(
            new MigrationProtocol.ReserveBlocks(
                migration.Id,
                migration.Hosted.Id,
                reserve.Granted,
                instance.Setup.Model,
                instance.Setup.KernelClass,
                instance.Memory.BytesPerBlock,
                reserve.Blocks == 0 ? 0 : Math.Max(reserve.Blocks, known),
                reserve.Blocks > 0),
            instance.Self);
    }

    /// <summary>Opens the stream while the request still decodes.</summary>
    private void Open(OutgoingMigration migration)
    {
        migration.Stream = setup.Transport.OpenAsync(migration.Endpoint!, migration.StreamId, instance.Memory, migration.Copying.Token);
        var id = migration.Id;
        migration.Stream.ContinueWith(_ => new StreamOpened(id), TaskScheduler.Default).PipeTo(instance.Self);
    }

    private void Copy(OutgoingMigration migration, SourceEffect.Copy copy)
    {
        if (Pin(migration, copy) is { } blocks) CopyAsync(migration, copy.From, blocks, last: false, null).PipeTo(instance.Self);
    }

    /// <summary>
    /// Pins the blocks of a stage, so that they are not given away while they are read, whatever becomes of the request; null where it
    /// was preempted and no step followed, so that nobody has said so yet.
    /// </summary>
    private BlockId[]? Pin(OutgoingMigration migration, SourceEffect.Copy copy)
    {
        var blocks = instance.Scheduler.BlockTable(migration.Hosted.Id);
        if (blocks.Length < copy.To)
        {
            Handle(migration, new SourceEvent.RequestLeft("it lost its blocks to another request", BlocksHeld: false));
            return null;
        }

        var table = blocks[copy.From..copy.To].ToArray();
        foreach (var block in table) instance.Scheduler.Blocks.Share(block);
        _pinned.Add(table);
        migration.StageBlocks.Add(table.Length);
        return table;
    }

    private static async Task<StageEnded> CopyAsync(OutgoingMigration migration, int from, BlockId[] blocks, bool last, Func<byte[]>? message)
    {
        try
        {
            var stream = await migration.Stream!.ConfigureAwait(false);
            var stage = new KvBlockRef[blocks.Length];
            for (int i = 0; i < blocks.Length; i++) stage[i] = new KvBlockRef(from + i, blocks[i]);
            await (last
                ? stream.SendLastStageAsync(stage, message, migration.Copying.Token)
                : stream.SendStageAsync(stage, migration.Copying.Token)).ConfigureAwait(false);
            return new StageEnded(migration.Id, blocks, null);
        }
        catch (Exception e) when (e is KvStreamException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            return new StageEnded(migration.Id, blocks, e.Message);
        }
    }

    /// <summary>
    /// The request stands still: what is left goes at once, on this thread, and the commit right behind it, to another process by the
    /// same connection. A last stage that is large, because all of it is to be copied with the request stopped or because it outran the
    /// link, goes the way of the others; the destination waits for its blocks then.
    /// </summary>
    private void SendLastStage(OutgoingMigration migration, SourceEffect.SendCommit commit)
    {
        migration.CommitSent = true;
        int from = migration.LastStage?.From ?? 0;
        BlockId[] blocks = [];
        if (migration.LastStage is { } copy)
        {
            if (Pin(migration, copy) is not { } pinned) return;
            blocks = pinned;
        }

        bool small = blocks.Length <= migration.State.Options.LastStageBlocks + 1 && migration.Stream is { IsCompletedSuccessfully: true };
        bool byStream = small && !migration.Stream!.Result.IsLocal;
        if (blocks.Length > 0 || byStream)
        {
            CopyAsync(migration, from, blocks, small, byStream ? () => CommitFrame.Write(instance.System, CommitOf(migration, commit), instance.Self) : null)
                .PipeTo(instance.Self);
        }

        if (!byStream) migration.ToActor.Tell(CommitOf(migration, commit), instance.Self);
    }

    private void TakeOut(OutgoingMigration migration)
    {
        // The next boundary, or the stream, comes.
        if (instance.Scheduler.StepUnderWay || !migration.StreamIsReady) return;

        migration.TakeOutPending = false;
        if (!instance.Scheduler.TakeOut(migration.Hosted.Id)) return;

        migration.StoppedAt = Time.GetTimestamp();
        Handle(migration, new SourceEvent.TakenOut(CountBlocks(migration.Hosted).Blocks));
    }

    private MigrationProtocol.Commit CommitOf(OutgoingMigration migration, SourceEffect.SendCommit commit)
    {
        var hosted = migration.Hosted;
        instance.Scheduler.TryGetStatus(hosted.Id, out var status);
        var sequence = hosted.Sequence;
        var unacknowledged = hosted.Outbound.Unacknowledged;
        TokenLogprobs?[]? logprobs = null;
        if (sequence.Parameters.Logprobs is not null)
        {
            logprobs = new TokenLogprobs?[unacknowledged.Length];
            for (int i = 0; i < logprobs.Length; i++) logprobs[i] = unacknowledged[i].Logprobs;
        }

        return new MigrationProtocol.Commit(
            migration.Id,
            new InstanceProtocol.Submit(
                hosted.Id,
                commit.Granted,
                sequence.Tokens[..sequence.PromptLength].ToArray(),
                sequence.Output.ToArray(),
                sequence.Parameters,
                status.Priority,
                hosted.Arrival,
                default,
                hosted.Frames.Receiver),
            hosted.Entity,
            hosted.Outbound.AcknowledgedIndex,
            logprobs,
            commit.Blocks == 0 ? 0 : status.ComputedTokens,
            commit.Blocks,
            setup.Machine,
            migration.StoppedAt);
    }

    private void Finish(OutgoingMigration migration, SourceEffect.Finish finish)
    {
        _byId.Remove(migration.Id);
        _byRequest.Remove(migration.Hosted.Id);
        instance.LoadChanged();
        if (finish.Outcome != MigrationOutcome.Aborted) _attempts.Remove(migration.Hosted.Id);
        Close(migration);
        var record = Record(migration, finish.Outcome, finish.Reason);
        _records.Enqueue(record);
        if (_records.Count > RecordsKept) _records.Dequeue();
        if (finish.Outcome == MigrationOutcome.Moved)
            TellEntity(migration, new MigrationProtocol.Joined(record.Request, migration.State.Granted!.Value, record.Downtime));
        instance.Setup.Metrics.Migrated(record);
        Log(record);
    }

    private void Log(MigrationRecord record)
    {
        switch (record.Outcome)
        {
            case MigrationOutcome.Moved:
                _warned.Remove(record.Request);
                log.Info("{0}", string.Create(
                    CultureInfo.InvariantCulture,
                    $"Request {record.Request} moved from {record.From} to {record.To} ({MigrationWords.Of(record.Method)}): {record.StageBlocks.Sum()} blocks, {record.Bytes} bytes in {record.StageBlocks.Length} stages, {record.Duration.TotalMilliseconds:0.0} ms, stopped for {record.Downtime.TotalMilliseconds:0.00} ms."));
                break;
            case MigrationOutcome.Overtaken:
                // It ended, or was placed anew, before its move did: nothing failed.
                log.Info("Request {0} was not moved from {1} to {2}: {3}.", record.Request, record.From, record.To, record.Reason);
                break;
            default:
                // An order that is repeated until it can be carried out is told of once.
                bool known = _warned.TryGetValue(record.Request, out string? reason) && reason == record.Reason;
                _warned[record.Request] = record.Reason;
                log.Log(
                    known ? LogLevel.DebugLevel : LogLevel.WarningLevel,
                    null,
                    "Request {0} could not be moved from {1} to {2} and goes on: {3}.", record.Request, record.From, record.To, record.Reason);
                break;
        }
    }

    private MigrationRecord Record(OutgoingMigration migration, MigrationOutcome? outcome, string reason)
    {
        long now = Time.GetTimestamp();
        bool exact = migration.JoinedAt != 0;
        return new MigrationRecord(
            migration.Id,
            migration.Hosted.Id,
            instance.Setup.Id,
            migration.To,
            migration.State.Method,
            migration.StartedAt,
            Time.GetElapsedTime(migration.Started, now),
            outcome == MigrationOutcome.Moved ? Time.GetElapsedTime(migration.StoppedAt, exact ? migration.JoinedAt : now) : TimeSpan.Zero,
            exact,
            [.. migration.StageBlocks],
            (long)migration.StageBlocks.Sum() * instance.Memory.BytesPerBlock,
            migration.Hosted.Sequence.Length,
            migration.State.Phase,
            outcome,
            reason);
    }

    private static void Close(OutgoingMigration migration)
    {
        bool copying = migration.State.Outcome != MigrationOutcome.Moved;
        if (copying) migration.Copying.Cancel();
        if (migration.Stream is { } opening) _ = CloseAsync(opening);

        static async Task CloseAsync(Task<IKvStream> opening)
        {
            try
            {
                await using var stream = await opening.ConfigureAwait(false);
            }
            catch (Exception e) when (e is KvStreamException or OperationCanceledException or ObjectDisposedException or IOException)
            {
                // It never opened; its stage has said so.
            }
        }
    }
}
