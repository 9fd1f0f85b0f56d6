using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>The instances in turn, by id; those that come, go or refuse do not upset the others' turns.</summary>
public sealed class RoundRobinDispatch : IDispatchPolicy
{
    private InstanceId? _last;

    /// <inheritdoc/>
    public int Choose(ReadOnlySpan<InstanceLoad> candidates, in DispatchRequest request, double draw)
    {
        int low = 0;
        int high = _last is null ? 0 : candidates.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (candidates[middle].Instance.CompareTo(_last!.Value) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        int chosen = low == candidates.Length ? 0 : low;
        _last = candidates[chosen].Instance;
        return chosen;
    }
}
