using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>The instances in turn, by id; those that come, go or refuse do not upset the others' turns.</summary>
public sealed class RoundRobinDispatch : IDispatchPolicy
{
    private InstanceId? _last;

    /// <inheritdoc/>
    public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw)
    {
        var chosen = _last is { } last ? candidates.After(last) : candidates[0];
        _last = chosen.Instance;
        return chosen;
    }
}
