using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Load;

/// <summary>The last report of every instance heard of, as operators are shown it; an instance that ended is shown for a while.</summary>
/// <param name="suspectAfter">An instance unheard for this long is shown as suspected.</param>
/// <param name="headrooms">By priority class, for freeness.</param>
/// <param name="time">The clock.</param>
internal sealed class InstanceRegistry(TimeSpan suspectAfter, Headrooms headrooms, TimeProvider time)
{
    /// <summary>How long an operator can still see that an instance was there.</summary>
    private static readonly TimeSpan Remembrance = TimeSpan.FromMinutes(5);

    private readonly Dictionary<InstanceId, Entry> _entries = [];

    public void Take(LoadProtocol.NodeReport report)
    {
        long now = time.GetTimestamp();
        foreach (var instance in report.Instances)
        {
            if (!_entries.TryGetValue(instance.Load.Instance, out var known) || IsNewer(instance.Load, known.Report.Load))
                _entries[instance.Load.Instance] = new Entry(instance, now, Ended: false);
            else if (!known.Ended && known.Report.Load.Incarnation == instance.Load.Incarnation)
                _entries[instance.Load.Instance] = known with { Heard = now };
        }
    }

    public void End(LoadProtocol.InstanceEnded ended)
    {
        if (_entries.TryGetValue(ended.Instance, out var known) && known.Report.Load.Incarnation == ended.Incarnation)
            _entries[ended.Instance] = known with { Ended = true, Heard = time.GetTimestamp() };
    }

    /// <summary>All instances, by id.</summary>
    public InstanceStatus[] List()
    {
        long now = time.GetTimestamp();
        foreach (var (id, entry) in _entries)
        {
            if (time.GetElapsedTime(entry.Heard, now) > Remembrance) _entries.Remove(id);
        }

        return [.. _entries.Values.Select(entry => StatusOf(entry, now)).OrderBy(status => status.Id)];
    }

    /// <summary>The actors of all instances that have not ended, by id, and whether each takes requests.</summary>
    public ManagerProtocol.InstanceActors ListActors()
    {
        Entry[] there = [.. _entries.Values.Where(entry => !entry.Ended).OrderBy(entry => entry.Report.Load.Instance)];
        return new ManagerProtocol.InstanceActors(
            [.. there.Select(entry => entry.Report.Load.Instance)],
            [.. there.Select(entry => entry.Report.InstanceActor)],
            [.. there.Select(entry => entry.Report.Load.Model)],
            [.. there.Select(entry => !entry.Report.Load.Terminating && time.GetElapsedTime(entry.Heard) <= suspectAfter)]);
    }

    /// <summary>The instances that have not ended, by id.</summary>
    /// <param name="silence">Those unheard for longer are left out.</param>
    public KnownInstance[] ListKnown(TimeSpan silence)
    {
        long now = time.GetTimestamp();
        return
        [
            .. _entries.Values
                .Select(entry => (entry.Report, entry.Ended, Unheard: time.GetElapsedTime(entry.Heard, now)))
                .Where(entry => !entry.Ended && (entry.Unheard <= silence || entry.Unheard <= suspectAfter))
                .Select(entry => new KnownInstance(entry.Report.Load, entry.Report.InstanceActor, entry.Unheard > suspectAfter))
                .OrderBy(known => known.Id),
        ];
    }

    /// <summary>The reports of all live instances, those together between which requests can move; in the order of their ids.</summary>
    public IEnumerable<IReadOnlyList<LoadReport>> ListAlike()
    {
        long now = time.GetTimestamp();
        return _entries.Values
            .Where(entry => !entry.Ended && time.GetElapsedTime(entry.Heard, now) <= suspectAfter)
            .GroupBy(entry => (entry.Report.Load.Model, entry.Report.KernelClass))
            .Select(group => (IReadOnlyList<LoadReport>)[.. group.Select(entry => entry.Report.Load).OrderBy(report => report.Instance)])
            .ToArray();
    }

    /// <summary>Hands an order of moves to its source, which answers <paramref name="asker"/>; or answers why it cannot be carried out.</summary>
    public void Order(ManagerProtocol.MigrateSome order, IActorRef asker)
    {
        if (WhyNot(order) is { } problem)
        {
            asker.Tell(new MigrationProtocol.MigrateSomeAnswer(order.From, order.To, [], problem));
            return;
        }

        _entries[order.From].Report.InstanceActor.Tell(
            new MigrationProtocol.MigrateSome(order.To, _entries[order.To].Report.InstanceActor, order.Limits), asker);
    }

    private string? WhyNot(ManagerProtocol.MigrateSome order)
    {
        if (Unknown(order.From) is { } noSource) return noSource;
        if (Unknown(order.To) is { } noDestination) return noDestination;
        if (order.From == order.To) return $"{order.From} is both source and destination; name two instances.";

        var (from, to) = (_entries[order.From].Report, _entries[order.To].Report);
        if (from.Load.Model != to.Load.Model) return $"{order.From} serves {from.Load.Model} and {order.To} serves {to.Load.Model}.";
        if (from.KernelClass != to.KernelClass)
            return $"{order.From} computes by {from.KernelClass} and {order.To} by {to.KernelClass}, which gives other bits.";
        return to.Load.Terminating ? $"{order.To} is draining and takes no requests." : null;
    }

    private string? Unknown(InstanceId instance) => _entries.TryGetValue(instance, out var entry) && !entry.Ended
        ? null
        : $"There is no instance {instance}; there are {string.Join(", ", _entries.Where(known => !known.Value.Ended).Select(known => known.Key).Order())}.";

    private static bool IsNewer(LoadReport report, LoadReport known) => report.Incarnation == known.Incarnation
        ? report.Sequence > known.Sequence
        : report.Incarnation > known.Incarnation;

    private InstanceStatus StatusOf(Entry entry, long now)
    {
        var (report, heard, ended) = entry;
        var load = report.Load;
        string state = ended ? "stopped"
            : time.GetElapsedTime(heard, now) > suspectAfter ? "suspected"
            : load.Terminating ? "draining"
            : "ready";
        return new InstanceStatus(
            load.Instance,
            load.Model,
            report.Node,
            report.Device,
            report.KernelClass,
            state,
            load.Load.TotalBlocks,
            load.Load.FreeBlocks,
            load.Load.BlockSize,
            load.Load.Running,
            load.Load.Waiting,
            Freeness.Of(load.Load, load.Terminating, headrooms),
            report.Preemptions,
            report.GeneratedTokens,
            report.PromptTokens)
        {
            StepMilliseconds = report.StepTime.TotalMilliseconds,
        };
    }

    private readonly record struct Entry(LoadProtocol.InstanceReport Report, long Heard, bool Ended);
}
