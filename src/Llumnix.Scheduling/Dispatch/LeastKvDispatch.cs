using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// The instance whose memory is asked for the least: blocks in use and blocks that waiting requests need, as a share of all. The load
/// balancer that the paper compares with as INFaaS++ (Llumnix, OSDI 2024, section 6.1).
/// </summary>
public sealed class LeastKvDispatch : IDispatchPolicy
{
    /// <inheritdoc/>
    public double Rank(InstanceLoad load) =>
        (double)(load.Report.Load.UsedBlocks + load.Report.Load.WaitingDemand + load.SentDemand) / load.Report.Load.TotalBlocks;

    /// <inheritdoc/>
    public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw) => candidates.DrawBest(0, draw);
}
