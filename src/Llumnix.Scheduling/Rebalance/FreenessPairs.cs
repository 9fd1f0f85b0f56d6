using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Rebalance;

/// <summary>
/// The paper's pairing (Llumnix, OSDI 2024, section 4.4.3): instances of low freeness are sources, those of high freeness destinations; the
/// lowest goes with the highest, repeatedly, until either side is used up. A terminating instance has a freeness of negative infinity, so
/// it is always a source, and never a destination. An instance whose moves of an earlier round have not ended takes no part.
/// </summary>
public sealed class FreenessPairs : IRebalancePolicy
{
    private readonly RebalancePolicyOptions _options;
    private readonly List<Side> _sources = [];
    private readonly List<Side> _destinations = [];

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public FreenessPairs(RebalancePolicyOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <inheritdoc/>
    public void Pair(ReadOnlySpan<RebalanceInstance> instances, ICollection<MoveOrder> orders)
    {
        _sources.Clear();
        _destinations.Clear();
        foreach (var instance in instances)
        {
            if (instance.MovingOut + instance.MovingIn > 0) continue;

            var report = instance.Report;
            double freeness = Freeness.Of(report.Load, report.Terminating, _options.Headrooms);
            bool empty = report.Load.Running + report.Load.Waiting == 0;
            if (freeness < _options.SourceBelow && !empty) _sources.Add(new Side(freeness, report.Instance));
            else if (freeness > _options.DestinationAbove && !report.Terminating) _destinations.Add(new Side(freeness, report.Instance));
        }

        _sources.Sort(static (left, right) => Order(left.Freeness, right.Freeness, left, right));
        _destinations.Sort(static (left, right) => Order(right.Freeness, left.Freeness, left, right));
        int pairs = Math.Min(_sources.Count, _destinations.Count);
        for (int i = 0; i < pairs; i++)
        {
            orders.Add(new MoveOrder(_sources[i].Instance, _destinations[i].Instance, new MoveLimits(_options.RequestsPerPair)));
        }
    }

    private static int Order(double first, double second, Side left, Side right)
    {
        int order = first.CompareTo(second);
        return order != 0 ? order : left.Instance.CompareTo(right.Instance);
    }

    private readonly record struct Side(double Freeness, InstanceId Instance);
}
