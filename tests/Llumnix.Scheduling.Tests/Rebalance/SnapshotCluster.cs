using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Scheduling.Tests.Rebalance;

/// <summary>
/// Instances that are nothing but their requests: reports are taken of them, orders are carried out at once by the request choice, and waiting
/// requests start where there is room.
/// </summary>
internal sealed class SnapshotCluster(int instances, int blocks = 100, int places = 64, int watermark = 0)
{
    private const int BlockSize = 16;
    private readonly IRequestChoice _choice = new ShortestChoice();
    private ulong _lastId;

    public Instance[] Instances { get; } = [.. Enumerable.Range(0, instances).Select(number => new Instance(new InstanceId($"i{number:000}"), blocks, places, watermark))];

    public Request Add(int instance, int size, bool running = true, Priority? priority = null)
    {
        var request = new Request(new RequestId(0, ++_lastId << 16), priority ?? Priority.Normal, (long)_lastId, size * BlockSize, size) { Running = running };
        Instances[instance].Requests.Add(request);
        return request;
    }

    /// <summary>One round: pairing by the reports, then the moves, then admission; returns the orders.</summary>
    public IReadOnlyList<MoveOrder> Round(IRebalancePolicy policy)
    {
        var orders = new List<MoveOrder>();
        policy.Pair(Instances.Select(instance => new RebalanceInstance(instance.Report())).ToArray(), orders);
        foreach (var order in orders) CarryOut(order);
        foreach (var instance in Instances) instance.Admit();
        return orders;
    }

    public void CarryOut(MoveOrder order)
    {
        var from = Instances.Single(instance => instance.Id == order.From);
        var to = Instances.Single(instance => instance.Id == order.To);
        var candidates = from.Requests
            .Select(request => new MoveCandidate(
                request.Id, request.Priority, request.Arrival, request.Tokens, request.Running ? request.Size : 0, request.Size, request.Running))
            .ToList();
        foreach (var id in RequestChoices.Choose(_choice, candidates, order.Limits))
        {
            var request = from.Requests.Single(request => request.Id == id);
            if (request.Running && !to.Fits(request)) continue;

            from.Requests.Remove(request);
            to.Requests.Add(request);
        }
    }

    public sealed record Request(RequestId Id, Priority Priority, long Arrival, int Tokens, int Size)
    {
        public bool Running { get; set; }
    }

    public sealed class Instance(InstanceId id, int blocks, int places, int watermark)
    {
        public InstanceId Id => id;

        public bool Terminating { get; set; }

        public List<Request> Requests { get; } = [];

        public int Free => blocks - Requests.Where(request => request.Running).Sum(request => request.Size);

        public IEnumerable<Request> Waiting => Requests.Where(request => !request.Running).OrderBy(request => request.Priority).ThenBy(request => request.Arrival);

        public bool Fits(Request request) => request.Size <= Free - watermark && Requests.Count(other => other.Running) < places;

        public void Admit()
        {
            while (Waiting.FirstOrDefault() is { } head && Fits(head)) head.Running = true;
        }

        public double Worth()
        {
            double free = Free - (Waiting.FirstOrDefault()?.Size ?? 0);
            return free >= 0 ? free / Math.Max(1, Requests.Count(request => request.Running)) : free;
        }

        public LoadReport Report()
        {
            var classes = Enumerable.Range(0, 3).Select(rank =>
            {
                var own = Requests.Where(request => request.Priority.Rank == rank).ToArray();
                return new ClassLoad(
                    own.Count(request => request.Running),
                    own.Where(request => request.Running).Sum(request => request.Size),
                    own.Count(request => !request.Running),
                    own.Where(request => !request.Running).Sum(request => request.Size));
            }).ToArray();
            return new LoadReport(id, 1, 1, "m", new BatchLoad
            {
                TotalBlocks = blocks,
                FreeBlocks = Free,
                BlockSize = BlockSize,
                Running = classes.Sum(one => one.Running),
                MaxRunning = places,
                Waiting = classes.Sum(one => one.Waiting),
                MaxWaiting = 1000,
                WatermarkBlocks = watermark,
                WaitingDemand = classes.Sum(one => one.WaitingDemand),
                SmallestRunning = Requests.Where(request => request.Running).GroupBy(request => request.Priority).MaxBy(group => group.Key)?.Min(request => request.Size) ?? 0,
                HeadOfLineDemand = Waiting.FirstOrDefault()?.Size ?? 0,
                Classes = classes,
            }, Terminating);
        }
    }
}
