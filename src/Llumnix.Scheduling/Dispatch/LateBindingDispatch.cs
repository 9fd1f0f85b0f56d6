using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// The instance with the most blocks that nobody has or waits for, but none before it can start the request at once: until then the request
/// waits at its gateway, and so goes to whichever instance has room first. An instance without any request takes whatever comes, or
/// refuses it for good.
/// </summary>
public sealed class LateBindingDispatch : IDispatchPolicy
{
    /// <inheritdoc/>
    public double Rank(InstanceLoad load) => -Room(load);

    /// <inheritdoc/>
    public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw)
    {
        var best = candidates.DrawBest(0, draw);
        if (best.Requests == 0) return best;

        // The block of the next token, too: without it the request would be preempted in its first step.
        int needed = (request.Tokens / best.Report.Load.BlockSize) + 1;
        return Room(best) >= needed ? best : null;
    }

    private static double Room(InstanceLoad load)
    {
        var batch = load.Report.Load;
        return load.Running >= batch.MaxRunning || batch.Waiting > 0 ? 0 : batch.FreeBlocks - load.SentDemand;
    }
}
