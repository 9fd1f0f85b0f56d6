using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Rebalance;

/// <summary>One instance while a round of <see cref="BalancedPairs"/> is planned: what its load would be after the moves planned so far.</summary>
internal sealed class BalanceSide
{
    public BalanceSide(RebalanceInstance instance, RebalancePolicyOptions options)
    {
        Report = instance.Report;
        var load = Report.Load;
        Free = load.TotalBlocks - VirtualUsage.Sum(load, Report.Terminating, options.Headrooms);
        Running = load.Running;
        Waiting = load.Waiting;
        WaitingDemand = load.WaitingDemand;
        Gives = options.RequestsPerInstance - instance.MovingOut;
        Takes = options.RequestsPerInstance - instance.MovingIn;
        int growth = (int)Math.Ceiling((double)load.Running * options.LookaheadSteps / load.BlockSize);
        Room = load.FreeBlocks - load.WatermarkBlocks - growth;
        Missing = load.HeadOfLineDemand + load.WatermarkBlocks - load.FreeBlocks;
        Worth = Before = WorthOf(Free, Running);
    }

    public LoadReport Report { get; }

    public InstanceId Instance => Report.Instance;

    /// <summary>Blocks left, by virtual usage.</summary>
    public double Free { get; private set; }

    public int Running { get; private set; }

    public int Waiting { get; private set; }

    public int WaitingDemand { get; private set; }

    /// <summary>Requests it may still give away in this round.</summary>
    public int Gives { get; private set; }

    /// <summary>Requests it may still take.</summary>
    public int Takes { get; private set; }

    /// <summary>Blocks that requests to come can have while those here grow.</summary>
    public int Room { get; private set; }

    /// <summary>Blocks to be freed before the first waiting request can start; 0 or less where they are there.</summary>
    public int Missing { get; private set; }

    /// <summary>How well it is off, after the moves planned; see <see cref="WorthOf"/>.</summary>
    public double Worth { get; private set; }

    /// <summary>How well it was off before the round.</summary>
    public double Before { get; }

    public bool HasPlace => Running < Report.Load.MaxRunning;

    /// <summary>Whether requests wait here that cannot start.</summary>
    public bool IsBlocked => Waiting > 0 && (Missing > 0 || !HasPlace);

    /// <summary>The class whose running requests go first: the lowest that runs.</summary>
    public Priority FirstToGo => new((byte)Math.Max(0, Array.FindLastIndex(Report.Load.Classes, static one => one.Running > 0)));

    /// <summary>Blocks of one of them in the mean, at least 1.</summary>
    public int MeanBlocks
    {
        get
        {
            var load = Report.Load.Of(FirstToGo);
            return load.Running == 0 ? 1 : Math.Max(1, (load.PhysicalUsage + load.Running - 1) / load.Running);
        }
    }

    /// <summary>Blocks of the next of them to leave: the smallest first, as the default request choice has it; of the others the mean is known.</summary>
    public int NextBlocks => Running == Report.Load.Running ? Math.Max(1, Report.Load.SmallestRunning) : MeanBlocks;

    /// <summary>
    /// How well an instance with so many blocks left is off: its freeness, or, overfull, the blocks it is short of. Unlike freeness it
    /// always rises when a request leaves.
    /// </summary>
    public static double WorthOf(double free, int running) => free >= 0 ? free / Math.Max(1, running) : free;

    /// <summary>What it would be worth with a request of so many blocks more.</summary>
    public double WorthWith(int blocks, Priority priority, Headrooms headrooms) => WorthOf(Free - blocks - NewHeadroom(priority, headrooms), Running + 1);

    /// <summary>What it would be worth with a running request of so many blocks fewer.</summary>
    public double WorthWithout(int blocks) => WorthOf(Free + blocks, Running - 1);

    /// <summary>How well it would be off if nothing waited.</summary>
    public double WorthWithoutHead => WorthOf(Free + NextDemand, Running);

    /// <summary>A running request of about so many blocks leaves.</summary>
    public void GiveRunning(int blocks)
    {
        Free += blocks;
        Running--;
        Missing -= blocks;
        Gives--;
        Worth = WorthOf(Free, Running);
    }

    /// <summary>The first waiting request leaves; of the others the mean demand is known.</summary>
    public void GiveWaiting(int blocks)
    {
        Waiting--;
        WaitingDemand -= blocks;
        int next = NextDemand;
        Free += blocks - next;
        Missing += next - blocks;
        Gives--;
        Worth = WorthOf(Free, Running);
    }

    /// <summary>Blocks that the next waiting request to leave needs: those of the head of line, or of the others in the mean.</summary>
    public int NextDemand => Waiting == 0 ? 0
        : Waiting == Report.Load.Waiting ? Report.Load.HeadOfLineDemand
        : Math.Max(1, (WaitingDemand + Waiting - 1) / Waiting);

    /// <summary>A request of about so many blocks comes.</summary>
    public void Take(int blocks, Priority priority, Headrooms headrooms)
    {
        Free -= blocks + NewHeadroom(priority, headrooms);
        Running++;
        Room -= blocks;
        Takes--;
        Worth = WorthOf(Free, Running);
    }

    /// <summary>What it is to take may turn out larger than was thought by so many blocks: other orders must not count on them.</summary>
    public void SetAside(int blocks)
    {
        Free -= blocks;
        Room -= blocks;
        Worth = WorthOf(Free, Running);
    }

    private int NewHeadroom(Priority priority, Headrooms headrooms) =>
        Report.Load.Of(priority).Running > 0 ? 0 : headrooms.Of(priority, Report.Load.TotalBlocks);
}
