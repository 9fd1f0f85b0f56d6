using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>The instance with the fewest requests, running and waiting, at random among equals.</summary>
public sealed class LeastRequestsDispatch : IDispatchPolicy
{
    /// <inheritdoc/>
    public double Rank(InstanceLoad load) => load.Requests;

    /// <inheritdoc/>
    public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw) => candidates.DrawBest(0, draw);
}
