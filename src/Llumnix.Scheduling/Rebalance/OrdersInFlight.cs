using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Rebalance;

/// <summary>
/// Orders that were given and whose moves have not ended, so that the next round does not give them twice. An order ends when its source
/// began nothing, when a report that the source made after it began shows no migration out any more, when the source has started again, or,
/// unanswered, after a while. Whoever takes over from another manager knows none of them; reports tell it what is under way.
/// </summary>
/// <param name="lapseAfter">An order unanswered for this long is lost.</param>
public sealed class OrdersInFlight(TimeSpan lapseAfter)
{
    private readonly Dictionary<InstanceId, List<Entry>> _bySource = [];

    /// <summary>How many there are.</summary>
    public int Count => _bySource.Values.Sum(static entries => entries.Count);

    /// <summary>An order was given to a source of this incarnation.</summary>
    public void Ordered(MoveOrder order, long incarnation, TimeSpan now)
    {
        if (!_bySource.TryGetValue(order.From, out var entries)) _bySource.Add(order.From, entries = []);
        entries.Add(new Entry(order.To, incarnation, now, order.Limits.Count, null));
    }

    /// <summary>The source has answered the oldest order between the two that was not answered.</summary>
    /// <param name="from">The source.</param>
    /// <param name="to">The destination.</param>
    /// <param name="begun">How many moves it began.</param>
    /// <param name="lastReport">The number of the last report it made before; the next one counts them.</param>
    public void Answered(InstanceId from, InstanceId to, int begun, long lastReport)
    {
        if (!_bySource.TryGetValue(from, out var entries)) return;

        int index = entries.FindIndex(entry => entry.LastReport is null && entry.To == to);
        if (index < 0) return;

        if (begun > 0) entries[index] = entries[index] with { Moves = begun, LastReport = lastReport };
        else entries.RemoveAt(index);
        if (entries.Count == 0) _bySource.Remove(from);
    }

    /// <summary>An instance has reported.</summary>
    public void Reported(LoadReport report) => Remove(report.Instance, entry =>
        entry.Incarnation != report.Incarnation || (report.MovingOut == 0 && report.Sequence > entry.LastReport));

    /// <summary>An instance is gone: nothing moves out of it or into it.</summary>
    public void Ended(InstanceId instance)
    {
        _bySource.Remove(instance);
        foreach (var source in _bySource.Keys.ToArray()) Remove(source, entry => entry.To == instance);
    }

    /// <summary>Gives up orders that nobody answered.</summary>
    public void Expire(TimeSpan now)
    {
        foreach (var source in _bySource.Keys.ToArray()) Remove(source, entry => entry.LastReport is null && now - entry.At > lapseAfter);
    }

    /// <summary>The instances as the next round is to see them: moves ordered and moves reported, each counted once.</summary>
    public RebalanceInstance[] View(IReadOnlyList<LoadReport> reports)
    {
        var movingIn = new Dictionary<InstanceId, int>();
        foreach (var entry in _bySource.Values.SelectMany(static entries => entries))
            movingIn[entry.To] = movingIn.GetValueOrDefault(entry.To) + entry.Moves;

        var instances = new RebalanceInstance[reports.Count];
        for (int i = 0; i < instances.Length; i++)
        {
            var report = reports[i];
            int movingOut = _bySource.TryGetValue(report.Instance, out var entries) ? entries.Sum(static entry => entry.Moves) : 0;
            instances[i] = new RebalanceInstance(
                report, Math.Max(movingOut, report.MovingOut), Math.Max(movingIn.GetValueOrDefault(report.Instance), report.MovingIn));
        }

        return instances;
    }

    private void Remove(InstanceId source, Predicate<Entry> ended)
    {
        if (!_bySource.TryGetValue(source, out var entries)) return;

        entries.RemoveAll(ended);
        if (entries.Count == 0) _bySource.Remove(source);
    }

    private readonly record struct Entry(InstanceId To, long Incarnation, TimeSpan At, int Moves, long? LastReport);
}
