using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Scaling;

/// <summary>
/// Keeps the average freeness in a band (Llumnix, OSDI 2024, section 4.4.3). Freeness is taken for normal priority, that is without
/// headrooms, over the instances that are not terminating. An instance is drained only where the others could take its requests and
/// still be at or above the band's lower end together; so a load that stays as it is cannot make instances come and go.
/// </summary>
public sealed class FreenessBand : IScalingPolicy
{
    private readonly ScalingPolicyOptions _options;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public FreenessBand(ScalingPolicyOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <inheritdoc/>
    public ScalingStep Decide(ScalingState state, ScalingView view, TimeSpan now)
    {
        int staying = 0;
        double sum = 0;
        foreach (var report in view.Instances)
        {
            if (report.Terminating) continue;
            staying++;
            sum += Freeness.Of(report.Load, terminating: false, Headrooms.None);
        }

        double average = sum / staying;
        state = state with
        {
            BelowSince = average < _options.ScaleUpBelow ? state.BelowSince ?? now : null,
            AboveSince = average > _options.ScaleDownAbove ? state.AboveSince ?? now : null,
        };

        // Bounds first: they hold whatever the load.
        if (staying + view.Starting < _options.MinInstances) return Add(state, average, now);
        if (staying > _options.MaxInstances && Choose(view) is { } surplus) return Drain(state, surplus, average, now);

        if (now - state.BelowSince >= _options.ScaleUpAfter && staying + view.Starting < _options.MaxInstances
            && IsOver(state.LastAdded, _options.ScaleUpCoolDown, now))
        {
            return Add(state, average, now);
        }

        if (now - state.AboveSince >= _options.ScaleDownAfter && staying > _options.MinInstances && view.Starting == 0
            && IsOver(state.LastAdded, _options.ScaleDownCoolDown, now) && IsOver(state.LastDrained, _options.ScaleDownCoolDown, now)
            && Choose(view) is { } least && AverageWithout(least, view) >= _options.ScaleUpBelow)
        {
            return Drain(state, least, average, now);
        }

        return new ScalingStep(state, ScalingDecision.Keep.Instance, average);
    }

    private static bool IsOver(TimeSpan? last, TimeSpan coolDown, TimeSpan now) => last is null || now - last >= coolDown;

    private static ScalingStep Add(ScalingState state, double average, TimeSpan now) =>
        new(state with { BelowSince = null, AboveSince = null, LastAdded = now }, ScalingDecision.Add.Instance, average);

    private static ScalingStep Drain(ScalingState state, LoadReport instance, double average, TimeSpan now) =>
        new(state with { BelowSince = null, AboveSince = null, LastDrained = now }, new ScalingDecision.Drain(instance.Instance), average);

    /// <summary>The instance the launcher asks for, else that of the fewest requests: the cheapest to empty.</summary>
    private static LoadReport? Choose(ScalingView view)
    {
        LoadReport? chosen = null;
        foreach (var report in view.Instances)
        {
            if (report.Terminating || (view.NextToEnd is { } next && report.Instance != next)) continue;
            if (chosen is null || Order(report, chosen) < 0) chosen = report;
        }

        return chosen;
    }

    private static int Order(LoadReport left, LoadReport right)
    {
        int order = left.Load.Running.CompareTo(right.Load.Running);
        if (order == 0) order = left.Load.Waiting.CompareTo(right.Load.Waiting);

        // Of equals the one that came last by name: ordinals are freed from the top.
        return order != 0 ? order : right.Instance.CompareTo(left.Instance);
    }

    /// <summary>The freeness that the instances would have together without <paramref name="gone"/>, all requests staying.</summary>
    private static double AverageWithout(LoadReport gone, ScalingView view)
    {
        double free = 0;
        int running = 0;
        int left = 0;
        foreach (var report in view.Instances)
        {
            if (report.Terminating) continue;

            BatchLoad load = report.Load;
            free -= VirtualUsage.Sum(load, terminating: false, Headrooms.None);
            running += load.Running;
            if (report.Instance == gone.Instance) continue;

            free += load.TotalBlocks;
            left++;
        }

        return left == 0 ? double.NegativeInfinity : free / Math.Max(left, running);
    }
}
