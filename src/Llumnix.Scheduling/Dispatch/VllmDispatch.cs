using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// What vLLM does among its data-parallel engines: the lowest 4 x waiting + running, at random among equals. As there, a request that was
/// sent and not reported yet counts as waiting.
/// </summary>
public sealed class VllmDispatch : IDispatchPolicy
{
    /// <inheritdoc/>
    public double Rank(InstanceLoad load) => 4.0 * (load.Report.Load.Waiting + load.SentCount) + load.Report.Load.Running;

    /// <inheritdoc/>
    public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw) => candidates.DrawBest(0, draw);
}
