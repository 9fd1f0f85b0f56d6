using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Launching;
using Llumnix.Actors.Load;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Scaling;

namespace Llumnix.Actors.Cluster;

/// <summary>
/// Keeps the number of each model's instances where its policy wants it: every <c>interval</c> takes the manager's load view and performs
/// what <see cref="ModelScaling"/> decides, through the launcher. A part of the global manager, an actor of its own so that nothing else
/// waits for it.
/// </summary>
#pragma warning disable CA1001 // Actors are not disposed of: PostStop is where it ends.
internal sealed class ScalingActor : ReceiveActor, IWithTimers
#pragma warning restore CA1001
{
    public const string Name = "scaling";

    private readonly ScalingSetup _setup;
    private readonly IInstanceLauncher _launcher;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, ScaledModel> _models;
    private readonly Dictionary<InstanceId, MigrationProtocol.DrainAnswer> _drains = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly long _started;
    private IReadOnlyList<KnownInstance> _known = [];

    public ScalingActor(ScalingSetup setup)
    {
        _setup = setup;
        _launcher = setup.CreateLauncher();
        _started = setup.Time.GetTimestamp();
        _models = setup.Models.ToDictionary(
            model => model.Name, model => new ScaledModel(model.Scaling, ScalingPolicies.Create(setup.Options.Policy, model.Scaling)), StringComparer.Ordinal);
        Receive<Tick>(_ => Context.Parent.Tell(new ListKnown(_setup.Options.ListenFirst)));
        Receive<Known>(known => Round(known.Instances));
        Receive<MigrationProtocol.DrainAnswer>(answer => _drains[answer.Instance] = answer);
        Receive<Happened>(happened => Handle(happened.Model, happened.Event));
        Receive<Counted>(Count);
        Receive<GiveUpFailed>(failed => _log.Warning(
            "Scaling of {0}: what was started at {1} could not be undone: {2}", failed.Model, failed.Place, Sentence(failed.Reason)));
        Receive<Done>(_ => { });
        Receive<ScalingProtocol.Describe>(_ => Sender.Tell(new ScalingProtocol.Scaling(Describe())));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => _setup.Time.GetElapsedTime(_started);

    public static Props Props(ScalingSetup setup) => Akka.Actor.Props.Create(() => new ScalingActor(setup));

    protected override void PreStart()
    {
        _log.Info("Instances are started and ended by the launcher {0} when the policy {1} says so.", _setup.Options.Launcher, _setup.Options.Policy);
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, _setup.Options.Interval);
    }

    protected override void PostStop()
    {
        _ending.Cancel();
        _launcher.DisposeAsync().AsTask().ContinueWith(
            static (ended, log) => ((ILoggingAdapter)log!).Warning("The launcher did not end well: {0}", ended.Exception!.GetBaseException().Message),
            _log,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
    }

    private void Round(IReadOnlyList<KnownInstance> known)
    {
        _known = known;
        foreach (var gone in _drains.Keys.Except(known.Select(instance => instance.Id)).ToArray()) _drains.Remove(gone);
        foreach (var instance in known.Where(instance => instance.Report.Terminating)) instance.Actor.Tell(MigrationProtocol.AskDrained.Instance);
        foreach (var (name, model) in _models)
        {
            InstanceId[] all = [.. Of(name).Select(instance => instance.Id)];
            AskStarting(name, model, all);
            // A new manager hears of instances one after the other, and so does that of a cluster that just starts.
            if (Now < _setup.Options.ListenFirst) continue;

            Handle(name, new ScalingEvent.Round([.. Of(name).Select(instance => Describe(name, instance, all))], model.StartingElsewhere));
        }
    }

    private IEnumerable<KnownInstance> Of(string model) => _known.Where(instance => instance.Report.Model == model);

    private ScaledInstance Describe(string model, KnownInstance instance, InstanceId[] all)
    {
        // What it said of its draining holds only while it drains.
        var drain = instance.Report.Terminating ? _drains.GetValueOrDefault(instance.Id) : null;
        return new ScaledInstance(instance.Report, _launcher.CanEnd(model, instance.Id, all), drain is { ToEnd: true }, drain is { ToEnd: true, Settled: true });
    }

    private void Handle(string name, ScalingEvent happened)
    {
        var model = _models[name];
        int? over = happened switch
        {
            ScalingEvent.Started done => done.Number,
            ScalingEvent.StartFailed undone => undone.Number,
            _ => null,
        };
        if (over is { } number && model.Starts.Remove(number, out var start)) start.Dispose();

        var before = model.State;
        var (state, effects) = before.Handle(happened, model.Policy, _setup.Options.Starts, Now);
        model.State = state;
        if (state.LastDecision is { } decision && decision != before.LastDecision) _log.Info("Scaling of {0}: {1} ({2}).", name, decision.What, decision.Reason);
        if (state.LastFailure is { } failed && failed != before.LastFailure)
        {
            _log.Warning(
                "Scaling of {0}: {1} failed: {2} The launcher is asked again in {3}.", name, failed.What, Sentence(failed.Reason), state.NotBefore - Now);
        }

        foreach (var effect in effects) Perform(name, model, effect);
    }

    private void Perform(string name, ScaledModel model, ScalingEffect effect)
    {
        switch (effect)
        {
            case ScalingEffect.Start start:
                Start(name, model, start.Number);
                break;
            case ScalingEffect.GiveUp { Place: { } place }:
                AskLauncher(cancellation => _launcher.GiveUpAsync(name, place, cancellation), reason => new GiveUpFailed(name, place, reason));
                break;
            case ScalingEffect.GiveUp underWay:
                // It answers that it was cancelled, and is forgotten then.
                if (model.Starts.TryGetValue(underWay.Number, out var cancellation)) cancellation.Cancel();
                break;
            case ScalingEffect.Drain drain:
                Drain(name, drain.Instance);
                break;
            case ScalingEffect.Keep keep:
                _drains.Remove(keep.Instance);
                ActorOf(keep.Instance)?.Tell(new MigrationProtocol.Drain(On: false, [], []));
                break;
            case ScalingEffect.End end:
                AskLauncher(
                    cancellation => _launcher.EndAsync(name, end.Instance, cancellation),
                    reason => new Happened(name, new ScalingEvent.EndFailed(end.Instance, reason)));
                break;
            default:
                throw new InvalidOperationException($"{effect.GetType().Name} is not an effect of scaling.");
        }
    }

    private void Start(string name, ScaledModel model, int number)
    {
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        model.Starts.Add(number, cancellation);
        // Not on this thread: a launcher may compute before it waits.
        Task.Run(() => _launcher.StartAsync(name, cancellation.Token)).PipeTo(
            Self,
            success: place => new Happened(name, new ScalingEvent.Started(number, place)),
            failure: e => new Happened(name, new ScalingEvent.StartFailed(number, ReasonOf(e))));
    }

    /// <summary>Has the launcher do something, for as long as a start may take.</summary>
    private void AskLauncher(Func<CancellationToken, Task> act, Func<string, object> failed) => AskLauncher<object>(
        async cancellation =>
        {
            await act(cancellation).ConfigureAwait(false);
            return Done.Instance;
        },
        done => done,
        failed);

    private void AskLauncher<T>(Func<CancellationToken, Task<T>> act, Func<T, object> succeeded, Func<string, object> failed) => Task.Run(async () =>
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        deadline.CancelAfter(_setup.Options.Starts.StartTimeout);
        return await act(deadline.Token).ConfigureAwait(false);
    }).PipeTo(Self, success: succeeded, failure: e => failed(ReasonOf(e)));

    private string ReasonOf(Exception e) => e.GetBaseException() switch
    {
        LaunchException known => known.Message,
        OperationCanceledException => $"the launcher was not done within llumnix.scaling.start-timeout ({_setup.Options.Starts.StartTimeout})",
        var unexpected => $"an unexpected {unexpected.GetType().Name}: {unexpected.Message}",
    };

    private static string Sentence(string reason) => reason.EndsWith('.') ? reason : reason + ".";

    private void Drain(string name, InstanceId instance)
    {
        KnownInstance[] others = [.. Of(name).Where(other => other.Id != instance && !other.Report.Terminating && !other.Suspected)];
        ActorOf(instance)?.Tell(new MigrationProtocol.Drain(On: true, [.. others.Select(other => other.Id)], [.. others.Select(other => other.Actor)], ToEnd: true));
    }

    private IActorRef? ActorOf(InstanceId instance) => _known.FirstOrDefault(known => known.Id == instance)?.Actor;

    private void AskStarting(string name, ScaledModel model, InstanceId[] all)
    {
        if (model.Counting) return;

        model.Counting = true;
        AskLauncher(
            cancellation => _launcher.CountStartingAsync(name, all, cancellation),
            count => new Counted(name, count, ""),
            reason => new Counted(name, null, reason));
    }

    private void Count(Counted counted)
    {
        var model = _models[counted.Model];
        model.Counting = false;
        if (counted.Starting is { } starting) model.StartingElsewhere = starting;
        else _log.Debug("The launcher cannot tell how many instances of {0} start: {1}", counted.Model, Sentence(counted.Problem));
    }

    private ScalingStatus Describe()
    {
        var (now, utcNow) = (Now, _setup.Time.GetUtcNow());
        return new ScalingStatus(_setup.Options.Launcher, _setup.Options.Policy, [.. _models.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(DescribeModel)]);

        ModelScalingStatus DescribeModel(KeyValuePair<string, ScaledModel> entry)
        {
            var (name, model) = entry;
            var state = model.State;
            return new ModelScalingStatus(
                name,
                model.Options.MinInstances,
                model.Options.MaxInstances,
                Of(name).Count(instance => !instance.Report.Terminating),
                state.Wanted,
                [.. state.Starting.Select(start => start.Place?.ToString() ?? "?")],
                [.. Of(name).Where(instance => instance.Report.Terminating && _drains.GetValueOrDefault(instance.Id) is { ToEnd: true }).Select(instance => instance.Id)],
                Note(state.LastDecision),
                Note(state.LastFailure),
                state.Failures,
                state.NotBefore is { } at && at > now ? utcNow + (at - now) : null);
        }

        ScalingNoteStatus? Note(ScalingNote? note) => note is null ? null : new ScalingNoteStatus(note.What, Sentence(note.Reason), utcNow - (now - note.At));
    }

    /// <summary>To the manager: who is there? Answered by <see cref="Known"/>.</summary>
    /// <param name="Silence">Instances unheard for longer count as gone.</param>
    public sealed record ListKnown(TimeSpan Silence);

    /// <summary>These are.</summary>
    public sealed record Known(IReadOnlyList<KnownInstance> Instances);

    /// <summary>It is time for a round.</summary>
    public sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record Happened(string Model, ScalingEvent Event);

    private sealed record Counted(string Model, int? Starting, string Problem);

    private sealed record GiveUpFailed(string Model, LaunchPlace Place, string Reason);

    private sealed record Done
    {
        public static Done Instance { get; } = new();
    }
}
