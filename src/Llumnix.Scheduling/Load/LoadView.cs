using Llumnix.Scheduling.Dispatch;

namespace Llumnix.Scheduling.Load;

/// <summary>
/// A dispatcher's picture of all instances: pushed reports, and what it sent since, so that a burst between two reports does not go to
/// one instance. Times are readings of one monotonic clock. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// Each request dispatched gets a ticket that travels with it; the instance keeps the highest ticket that arrived
/// (<see cref="DispatchMarks"/>) and puts it into its reports, and a report ends the counting of all tickets up to that one: nothing counts
/// twice, however reports and requests overtake each other, and a lost request stops counting with the next that arrives, or
/// after <c>suspect-after</c>.
/// </remarks>
public sealed class LoadView
{
    private readonly long _dispatcher;
    private readonly TimeSpan _suspectAfter;
    private readonly Headrooms _headrooms;
    private readonly Dictionary<InstanceId, InstanceLoad> _instances = [];
    private readonly Dictionary<string, DispatchCandidates> _byModel = [];
    private IDispatchPolicy? _policy;
    private long _lastTicket;

    /// <param name="dispatcher">Names this dispatcher in tickets; drawn when it starts.</param>
    /// <param name="suspectAfter">An instance unheard for longer is suspected.</param>
    /// <param name="headrooms">By priority class.</param>
    public LoadView(long dispatcher, TimeSpan suspectAfter, Headrooms headrooms)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(suspectAfter, TimeSpan.Zero);
        _dispatcher = dispatcher;
        _suspectAfter = suspectAfter;
        _headrooms = headrooms;
    }

    /// <summary>
    /// Whether what was sent counts before a report includes it. Off only to show what becomes of a dispatcher that does without: all
    /// requests between two reports go to one instance.
    /// </summary>
    public bool CountsSent { get; init; } = true;

    /// <summary>Every instance heard of and not removed, suspected and terminating ones included.</summary>
    public IReadOnlyCollection<InstanceLoad> Instances => _instances.Values;

    /// <summary>What is known of an instance; null where nothing is.</summary>
    public InstanceLoad? Find(InstanceId instance) => _instances.GetValueOrDefault(instance);

    /// <summary>Whether an instance of the model is known, able to take requests or not.</summary>
    public bool Serves(string model) => _byModel.TryGetValue(model, out var candidates) && candidates.Known > 0;

    /// <summary>Takes a report in; anything but a stale one is a sign of life.</summary>
    public ReportVerdict Apply(LoadReport report, TimeSpan now)
    {
        if (!_instances.TryGetValue(report.Instance, out var load))
        {
            Add(new InstanceLoad(report, _headrooms) { Heard = now });
            return ReportVerdict.Started;
        }

        var last = load.Report;
        int order = report.Incarnation.CompareTo(last.Incarnation);
        if (order == 0) order = report.Sequence.CompareTo(last.Sequence);
        if (order < 0) return ReportVerdict.Stale;

        load.Heard = now;
        load.Suspected = false;
        if (order == 0)
        {
            Settle(load);
            return ReportVerdict.Repeated;
        }

        bool again = report.Incarnation != last.Incarnation;
        if (again) _policy?.Forget(load.Instance);
        if (report.Model != last.Model)
        {
            Remove(load);
            Add(new InstanceLoad(report, _headrooms) { Heard = now });
        }
        else
        {
            load.Take(report, _dispatcher);
            Settle(load);
        }

        return again ? ReportVerdict.Started : ReportVerdict.Fresh;
    }

    /// <summary>
    /// Forgets an instance that is gone, if it is still of this incarnation; false where it is not known or has started again since.
    /// </summary>
    public bool Remove(InstanceId instance, long incarnation)
    {
        if (!_instances.TryGetValue(instance, out var load) || load.Report.Incarnation > incarnation) return false;

        Remove(load);
        _policy?.Forget(instance);
        return true;
    }

    /// <summary>
    /// Suspects instances unheard for too long, adds those not suspected before to <paramref name="suspects"/>, and stops counting what was
    /// sent so long ago that it must be lost. To be called several times per <c>suspect-after</c>.
    /// </summary>
    public void Check(TimeSpan now, ICollection<InstanceId> suspects)
    {
        foreach (var load in _instances.Values)
        {
            bool silent = !load.Suspected && now - load.Heard > _suspectAfter;
            if (silent)
            {
                load.Suspected = true;
                suspects.Add(load.Instance);
            }

            if (load.Expire(now - _suspectAfter) || silent) Settle(load);
        }
    }

    /// <summary>
    /// Counts silence from now on. To be called when the caller's own timer fired late: then it was this process that stood still, and
    /// reports may just wait to be read.
    /// </summary>
    public void RestartClocks(TimeSpan now)
    {
        foreach (var load in _instances.Values) load.Heard = now;
    }

    /// <summary>
    /// Chooses an instance for a request and counts it there. Allocates nothing once its buffers have grown, and takes a time that hardly
    /// depends on the number of instances where the policy's does not.
    /// </summary>
    /// <param name="policy">Decides among the instances that serve the model, live, stay, and are not excluded.</param>
    /// <param name="request">What is to be placed.</param>
    /// <param name="excluded">Instances that refused or lost the request.</param>
    /// <param name="draw">A random number in [0, 1).</param>
    /// <param name="now">The time.</param>
    public DispatchDecision Dispatch(
        IDispatchPolicy policy, in DispatchRequest request, ReadOnlySpan<InstanceId> excluded, double draw, TimeSpan now)
    {
        if (!_byModel.TryGetValue(request.Model, out var candidates) || candidates.Known == 0) return new(DispatchOutcome.UnknownModel);

        _policy = policy;
        candidates.Begin(policy, excluded);
        if (candidates.Count == 0) return new(candidates.AnyExcluded ? DispatchOutcome.AllExcluded : DispatchOutcome.NoneAvailable);

        var preferred = request.Preferred is { } wanted ? candidates.Find(wanted) : null;
        if ((preferred ?? policy.Choose(candidates, request, draw)) is not { } target) return new(DispatchOutcome.HeldBack);

        ++_lastTicket;
        if (CountsSent)
        {
            target.Add(_lastTicket, request.Priority, request.Tokens, now);
            candidates.Changed(target);
        }

        policy.Dispatched(request, target);
        return new DispatchDecision(DispatchOutcome.Chosen, target.Instance, new DispatchTicket(_dispatcher, _lastTicket));
    }

    private void Add(InstanceLoad load)
    {
        _instances[load.Instance] = load;
        if (!_byModel.TryGetValue(load.Report.Model, out var candidates)) _byModel.Add(load.Report.Model, candidates = new DispatchCandidates());
        candidates.Known++;
        Settle(load);
    }

    private void Remove(InstanceLoad load)
    {
        _instances.Remove(load.Instance);
        var candidates = _byModel[load.Report.Model];
        candidates.Known--;
        if (load.Listed) candidates.Remove(load);
        load.Listed = false;
    }

    /// <summary>Lists the instance among the candidates where it belongs now, if at all.</summary>
    private void Settle(InstanceLoad load)
    {
        var candidates = _byModel[load.Report.Model];
        bool could = !load.Suspected && !load.Report.Terminating;
        if (could && load.Listed) candidates.Changed(load);
        else if (could) candidates.Add(load);
        else if (load.Listed) candidates.Remove(load);
        load.Listed = could;
    }
}
