namespace Llumnix.Scheduling.Load;

/// <summary>
/// What a dispatcher knows of one instance: its last report and what this dispatcher sent that the report does not include. A sent
/// request counts as running with the blocks of the tokens it has.
/// </summary>
public sealed class InstanceLoad
{
    private readonly Headrooms _headrooms;
    private readonly Queue<Sent> _sent = new();
    private readonly int[] _sentByRank = new int[byte.MaxValue + 1];

    internal InstanceLoad(LoadReport report, Headrooms headrooms)
    {
        _headrooms = headrooms;
        Report = report;
        Recompute();
    }

    public InstanceId Instance => Report.Instance;

    /// <summary>The last report.</summary>
    public LoadReport Report { get; private set; }

    /// <summary>Whether nothing was heard of it for too long.</summary>
    public bool Suspected { get; internal set; }

    /// <summary>Requests sent that the report does not include.</summary>
    public int SentCount => _sent.Count;

    /// <summary>Their blocks.</summary>
    public int SentDemand { get; private set; }

    /// <summary>Requests that run there, those sent included.</summary>
    public int Running => Report.Load.Running + SentCount;

    /// <summary>Requests that run or wait there, those sent included.</summary>
    public int Requests => Running + Report.Load.Waiting;

    /// <summary>Freeness with what was sent; see <see cref="Load.Freeness"/>.</summary>
    public double Freeness { get; private set; }

    /// <summary>
    /// Freeness as a request of this class finds it: its class's headroom is kept free for it, so it does not count against it.
    /// </summary>
    public double FreenessFor(Priority priority) => Runs(priority)
        ? Freeness + ((double)HeadroomOf(priority) / Math.Max(1, Running))
        : Freeness;

    /// <summary>Blocks kept free for the class where it runs.</summary>
    public int HeadroomOf(Priority priority) => _headrooms.Of(priority, Report.Load.TotalBlocks);

    internal TimeSpan Heard { get; set; }

    /// <summary>Its place among the candidates, where it is one of them.</summary>
    internal double Rank { get; set; }

    /// <summary>Whether it could take requests.</summary>
    internal bool Listed { get; set; }

    /// <summary>Takes a newer report in; what it includes is no longer counted as sent.</summary>
    internal void Take(LoadReport report, long dispatcher)
    {
        if (report.Incarnation != Report.Incarnation)
        {
            while (_sent.Count > 0) DropFirst();
        }

        Report = report;
        foreach (var ticket in report.Tickets)
        {
            if (ticket.Dispatcher == dispatcher) DropUpTo(ticket.Number);
        }

        Recompute();
    }

    internal void Add(long number, Priority priority, int tokens, TimeSpan now)
    {
        int demand = (tokens + Report.Load.BlockSize - 1) / Report.Load.BlockSize;
        _sent.Enqueue(new Sent(number, priority, demand, now));
        SentDemand += demand;
        _sentByRank[priority.Rank]++;
        Recompute();
    }

    /// <summary>Drops what was sent before <paramref name="time"/>; false where nothing was.</summary>
    internal bool Expire(TimeSpan time)
    {
        if (_sent.Count == 0 || _sent.Peek().At >= time) return false;

        while (_sent.Count > 0 && _sent.Peek().At < time) DropFirst();
        Recompute();
        return true;
    }

    private bool Runs(Priority priority) => Report.Load.Of(priority).Running + _sentByRank[priority.Rank] > 0;

    private void DropUpTo(long number)
    {
        while (_sent.Count > 0 && _sent.Peek().Number <= number) DropFirst();
    }

    private void DropFirst()
    {
        var sent = _sent.Dequeue();
        SentDemand -= sent.Demand;
        _sentByRank[sent.Priority.Rank]--;
    }

    private void Recompute()
    {
        double usage = VirtualUsage.Sum(Report.Load, Report.Terminating, _headrooms) + SentDemand;
        if (_sent.Count > 0)
        {
            for (int rank = 0; rank < _sentByRank.Length; rank++)
            {
                var priority = new Priority((byte)rank);
                if (_sentByRank[rank] > 0 && Report.Load.Of(priority).Running == 0) usage += _headrooms.Of(priority, Report.Load.TotalBlocks);
            }
        }

        Freeness = Load.Freeness.Of(Report.Load.TotalBlocks, usage, Running);
    }

    private readonly record struct Sent(long Number, Priority Priority, int Demand, TimeSpan At);
}
