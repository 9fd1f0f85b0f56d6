using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// Of two instances drawn at random the one with fewer requests: nearly as even as looking at all, and dispatchers with old views do
/// not herd.
/// </summary>
public sealed class PowerOfTwoDispatch : IDispatchPolicy
{
    /// <inheritdoc/>
    public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw)
    {
        int count = candidates.Count;
        if (count == 1) return candidates[0];

        // One draw is enough for an ordered pair of different ones.
        long pair = (long)(draw * count * (count - 1));
        int first = (int)(pair / (count - 1));
        int second = (int)(pair % (count - 1));
        if (second >= first) second++;

        InstanceLoad one = candidates[first], other = candidates[second];
        return other.Requests < one.Requests ? other : one;
    }
}
