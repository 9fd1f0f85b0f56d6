using System.Collections.Immutable;
using System.Globalization;

namespace Llumnix.Scheduling.Scaling;

/// <summary>
/// Brings the instances of one model to the number its scaling policy wants: starts, drains and ends them through a launcher that may
/// fail, be slow, or leave half of a start behind. Pure: events and the time in, effects out.
/// </summary>
/// <remarks>
/// <para>It owns nothing that does not show again: which instances drain in order to end they tell themselves, so a new manager goes on.</para>
/// <code>
/// event       | in                              | effects
/// ------------+---------------------------------+----------------------------------------------------------------------
/// Round       | a start has reported            | none; the launcher's failures are forgotten
///             | a start is beyond its deadline  | GiveUp; a failure
///             | a leaving instance is settled   | End, once; after a failure again when its wait is over
///             | a leaving instance is not       | Drain
///             | the policy adds                 | Keep, where one is leaving that was not told to end
///             | ... and no wait is on           | else Start
///             | the policy drains               | Drain, where the launcher can end it
/// Started     | the start is known              | none; its place is what reports will be known by
///             | it was given up meanwhile       | GiveUp
/// StartFailed | the start is known              | none; a failure
/// EndFailed   | it was told to end              | none; a failure
/// </code>
/// </remarks>
public sealed record ModelScaling
{
    private ModelScaling()
    {
    }

    /// <summary>Knows nothing yet.</summary>
    public static ModelScaling Initial { get; } = new();

    /// <summary>What the policy remembers.</summary>
    public ScalingState Policy { get; private init; } = ScalingState.Initial;

    /// <summary>Instances asked for that have not reported.</summary>
    public ImmutableArray<InstanceStart> Starting { get; private init; } = [];

    /// <summary>Instances that the launcher was told to end and that still report.</summary>
    public ImmutableArray<InstanceId> Ending { get; private init; } = [];

    /// <summary>The launcher's failures in a row.</summary>
    public int Failures { get; private init; }

    /// <summary>When the launcher may be asked again; null where it may be at once.</summary>
    public TimeSpan? NotBefore { get; private init; }

    /// <summary>How many instances there are to be, by the last decision; those that start counted, those that leave not.</summary>
    public int Wanted { get; private init; }

    /// <summary>The last decision that changed anything.</summary>
    public ScalingNote? LastDecision { get; private init; }

    /// <summary>The launcher's last failure.</summary>
    public ScalingNote? LastFailure { get; private init; }

    private int Starts { get; init; }

    /// <summary>The state after <paramref name="happened"/>, and what to do.</summary>
    public ModelScalingStep Handle(ScalingEvent happened, IScalingPolicy policy, ModelScalingOptions options, TimeSpan now) => happened switch
    {
        ScalingEvent.Round round => OnRound(round, policy, options, now),
        ScalingEvent.Started started => OnStarted(started),
        ScalingEvent.StartFailed failed => Find(failed.Number) is { } start
            ? new(Without(start).Failed("start", failed.Reason, options, now), [])
            : new(this, []),
        ScalingEvent.EndFailed failed => Ending.Contains(failed.Instance)
            ? new((this with { Ending = Ending.Remove(failed.Instance) }).Failed("end", failed.Reason, options, now), [])
            : new(this, []),
        _ => throw new ArgumentException($"{happened.GetType().Name} is not an event of scaling.", nameof(happened)),
    };

    private ModelScalingStep OnStarted(ScalingEvent.Started started) => Find(started.Number) is { } start
        ? new(this with { Starting = Starting.Replace(start, start with { Place = started.Place }) }, [])
        : new(this, [new ScalingEffect.GiveUp(started.Number, started.Place)]);

    private ModelScalingStep OnRound(ScalingEvent.Round round, IScalingPolicy policy, ModelScalingOptions options, TimeSpan now)
    {
        var effects = new List<ScalingEffect>();
        var state = SettleStarts(round, options, now, effects).SettleEnds(round, now, effects);
        state = state.Decide(round, policy, now, effects);
        return new(state, effects);
    }

    private ModelScaling SettleStarts(ScalingEvent.Round round, ModelScalingOptions options, TimeSpan now, List<ScalingEffect> effects)
    {
        var state = this;
        foreach (var start in Starting)
        {
            if (start.Place is { } place && round.Instances.Any(instance => place.Holds(instance.Id)))
            {
                state = state.Without(start) with { Failures = 0, NotBefore = null };
            }
            else if (now - start.Since >= options.StartTimeout)
            {
                effects.Add(new ScalingEffect.GiveUp(start.Number, start.Place));
                string what = start.Place is { } where ? $"what was started at {where} did not report" : "the launcher did not start an instance";
                state = state.Without(start).Failed("start", string.Create(CultureInfo.InvariantCulture, $"{what} within {options.StartTimeout.TotalSeconds:0.###} s"), options, now);
            }
        }

        return state;
    }

    private ModelScaling SettleEnds(ScalingEvent.Round round, TimeSpan now, List<ScalingEffect> effects)
    {
        var ending = Ending.RemoveAll(ending => round.Instances.All(instance => instance.Id != ending));
        var state = ending.Length == Ending.Length ? this : this with { Ending = ending, Failures = 0, NotBefore = null };
        foreach (var instance in round.Instances)
        {
            if (!instance.Leaving || state.Ending.Contains(instance.Id)) continue;
            if (!instance.Settled)
            {
                effects.Add(new ScalingEffect.Drain(instance.Id));
            }
            else if (!(now < state.NotBefore))
            {
                effects.Add(new ScalingEffect.End(instance.Id));
                state = state with { Ending = state.Ending.Add(instance.Id) };
            }
        }

        return state;
    }

    private ModelScaling Decide(ScalingEvent.Round round, IScalingPolicy policy, TimeSpan now, List<ScalingEffect> effects)
    {
        int starting = Math.Max(Starting.Length, round.StartingElsewhere);
        ScaledInstance[] endable = [.. round.Instances.Where(instance => instance.CanEnd && !instance.Report.Terminating)];
        bool any = endable.Length == round.Instances.Count(instance => !instance.Report.Terminating);
        var view = new ScalingView([.. round.Instances.Select(instance => instance.Report)], starting)
        {
            NextToEnd = any ? null : endable.OrderBy(instance => instance.Report.Load.Running + instance.Report.Load.Waiting).FirstOrDefault()?.Id,
        };
        int staying = round.Instances.Count(instance => !instance.Report.Terminating);
        var step = policy.Decide(Policy, view, now);
        string reason = string.Create(CultureInfo.InvariantCulture, $"{staying} {(staying == 1 ? "instance" : "instances")}, {starting} starting")
            + (double.IsNaN(step.AverageFreeness) ? "" : string.Create(CultureInfo.InvariantCulture, $", average freeness {step.AverageFreeness:0.0}"));
        var state = this with { Policy = step.State, Wanted = staying + starting };
        switch (step.Decision)
        {
            case ScalingDecision.Add when KeepOne(round) is { } kept:
                // What drains is there already, and warm.
                effects.RemoveAll(effect => effect == new ScalingEffect.Drain(kept.Id));
                effects.Add(new ScalingEffect.Keep(kept.Id));
                return state with { Wanted = state.Wanted + 1, LastDecision = new ScalingNote($"keep {kept.Id}", reason, now) };
            case ScalingDecision.Add when now < NotBefore:
                // The policy's cool-down is about instances that come, and none does.
                return state with { Policy = Policy, Wanted = state.Wanted + 1 };
            case ScalingDecision.Add:
                int number = Starts + 1;
                effects.Add(new ScalingEffect.Start(number));
                return state with
                {
                    Starts = number,
                    Starting = Starting.Add(new InstanceStart(number, now, null)),
                    Wanted = state.Wanted + 1,
                    LastDecision = new ScalingNote("add", reason, now),
                };
            case ScalingDecision.Drain drain when endable.Any(instance => instance.Id == drain.Instance):
                effects.Add(new ScalingEffect.Drain(drain.Instance));
                return state with { Wanted = state.Wanted - 1, LastDecision = new ScalingNote($"drain {drain.Instance}", reason, now) };
            case ScalingDecision.Drain:
                return state with { Policy = Policy };
            default:
                return state;
        }
    }

    /// <summary>A leaving instance that was not told to end, the one with the most requests still there.</summary>
    private ScaledInstance? KeepOne(ScalingEvent.Round round) => round.Instances
        .Where(instance => instance.Leaving && !Ending.Contains(instance.Id))
        .OrderByDescending(instance => instance.Report.Load.Running + instance.Report.Load.Waiting)
        .FirstOrDefault();

    private InstanceStart? Find(int number) => Starting.FirstOrDefault(start => start.Number == number);

    private ModelScaling Without(InstanceStart start) => this with { Starting = Starting.Remove(start) };

    private ModelScaling Failed(string what, string reason, ModelScalingOptions options, TimeSpan now) => this with
    {
        Failures = Failures + 1,
        NotBefore = now + options.Retry.After(Failures + 1),
        LastFailure = new ScalingNote(what, reason, now),
    };
}
