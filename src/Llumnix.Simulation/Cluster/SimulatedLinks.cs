using Llumnix.Simulation.Events;

namespace Llumnix.Simulation.Cluster;

/// <summary>
/// Bytes on their way between nodes. A transfer gets the bandwidth of a link, or an even share of what its node can send or the other can
/// receive, whichever is least; whenever one begins or ends, the others' shares change.
/// </summary>
internal sealed class SimulatedLinks(SimulationClock clock, LinkOptions options)
{
    private readonly Dictionary<int, List<Transfer>> _out = [];
    private readonly Dictionary<int, List<Transfer>> _in = [];

    /// <summary>Sends bytes; <paramref name="arrived"/> is called when the last is there.</summary>
    public Transfer Start(int fromNode, int toNode, double bytes, Action arrived)
    {
        var transfer = new Transfer(this, fromNode, toNode, bytes, arrived) { Since = clock.Now };
        On(_out, fromNode).Add(transfer);
        On(_in, toNode).Add(transfer);
        Share(fromNode, toNode);
        return transfer;
    }

    private static List<Transfer> On(Dictionary<int, List<Transfer>> transfers, int node)
    {
        if (!transfers.TryGetValue(node, out var list)) transfers.Add(node, list = []);
        return list;
    }

    private void End(Transfer transfer)
    {
        _out[transfer.FromNode].Remove(transfer);
        _in[transfer.ToNode].Remove(transfer);
        transfer.Version++;
        Share(transfer.FromNode, transfer.ToNode);
    }

    private void Share(int fromNode, int toNode)
    {
        foreach (var transfer in _out[fromNode]) Settle(transfer);
        foreach (var transfer in _in[toNode])
        {
            if (transfer.FromNode != fromNode) Settle(transfer);
        }
    }

    private void Settle(Transfer transfer)
    {
        double rate = transfer.FromNode == transfer.ToNode
            ? options.LinkBandwidth
            : Math.Min(options.LinkBandwidth, options.NodeBandwidth / Math.Max(_out[transfer.FromNode].Count, _in[transfer.ToNode].Count));
        if (rate == transfer.Rate) return;

        transfer.Left = Math.Max(0, transfer.Left - (transfer.Rate * (clock.Now - transfer.Since).TotalSeconds));
        transfer.Since = clock.Now;
        transfer.Rate = rate;
        clock.After(TimeSpan.FromSeconds(transfer.Left / rate), transfer, ++transfer.Version);
    }

    /// <summary>Bytes on their way.</summary>
    internal sealed class Transfer(SimulatedLinks links, int fromNode, int toNode, double bytes, Action arrived) : IEventHandler
    {
        public int FromNode => fromNode;

        public int ToNode => toNode;

        public double Left { get; set; } = bytes;

        public double Rate { get; set; }

        public TimeSpan Since { get; set; }

        /// <summary>Rises with each change of its rate, so that an arrival reckoned by an earlier rate is passed over.</summary>
        public int Version { get; set; }

        /// <summary>Stops it; it never arrives.</summary>
        public void Cancel() => links.End(this);

        void IEventHandler.Handle(in SimulationEvent happened)
        {
            if (happened.Kind != Version) return;

            links.End(this);
            arrived();
        }
    }
}
