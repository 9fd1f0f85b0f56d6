using System.Globalization;

namespace Llumnix.Simulation.Cluster;

/// <summary>How fresh somebody's picture of the instances is.</summary>
/// <param name="Interval">Instances report on change, at most once per interval.</param>
/// <param name="Delay">A report is so old when it arrives.</param>
/// <param name="CountsSent">Whether a dispatcher counts what it sent before a report includes it.</param>
public sealed record ViewOptions(TimeSpan Interval, TimeSpan Delay, bool CountsSent = true)
{
    /// <summary>The cluster's own: <c>llumnix.load.report-interval</c> and a message's way.</summary>
    public static ViewOptions Default { get; } = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(1));

    /// <summary>Sees every instance as it is.</summary>
    public static ViewOptions Immediate { get; } = new(TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Sees every instance as it was a second ago, and does not count what it sent since.</summary>
    public static ViewOptions SecondOld { get; } = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1), CountsSent: false);

    /// <inheritdoc/>
    public override string ToString() => Delay + Interval == TimeSpan.Zero
        ? "sees all at once"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"reports at most every {Interval.TotalMilliseconds:0.###} ms, {Delay.TotalMilliseconds:0.###} ms old{(CountsSent ? ", own dispatches counted" : ", own dispatches not counted")}");
}
