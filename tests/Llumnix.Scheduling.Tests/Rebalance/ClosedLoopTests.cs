using CsCheck;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Scheduling.Tests.Rebalance;

/// <summary>What comes of pairing when its orders are carried out and it decides again.</summary>
public sealed class ClosedLoopTests
{
    private static readonly RebalancePolicyOptions Options = new() { SourceBelow = 10, DestinationAbove = 20 };

    private static readonly Gen<(int Size, int Kind)[][]> Loads = Gen.Select(Gen.Int[1, 30], Gen.Int[0, 9]).Array[0, 12].Array[2, 8];

    public static TheoryData<string> Moving => ["balanced-pairs", "freeness-pairs"];

    private static SnapshotCluster Cluster((int Size, int Kind)[][] loads, int watermark = 0)
    {
        var cluster = new SnapshotCluster(loads.Length, watermark: watermark);
        for (int i = 0; i < loads.Length; i++)
        {
            foreach (var (size, kind) in loads[i])
            {
                var request = cluster.Add(i, size, running: false, new Priority((byte)(kind % 3)));
                if (kind > 1 && cluster.Instances[i].Fits(request)) request.Running = true;
            }

            cluster.Instances[i].Admit();
        }

        return cluster;
    }

    [Theory]
    [MemberData(nameof(Moving))]
    public void A_terminating_instance_is_emptied_and_nothing_comes_back(string name)
    {
        Loads.Sample(
            loads =>
            {
                // A policy keeps its buffers, and samples are taken on several threads.
                var policy = RebalancePolicies.Create(name, Options);

                // The others can hold everything, whatever goes where: each is at most half full, in few requests.
                var cluster = new SnapshotCluster(loads.Length + 1, blocks: 2000);
                for (int i = 0; i < loads.Length; i++)
                {
                    foreach (var (size, kind) in loads[i]) cluster.Add(i, size, running: kind > 1 || i > 0);
                }

                var drained = cluster.Instances[0];
                drained.Terminating = true;
                int left = drained.Requests.Count;
                for (int round = 0; round < 200 && drained.Requests.Count > 0; round++)
                {
                    cluster.Round(policy);
                    Assert.InRange(drained.Requests.Count, 0, left);
                    left = drained.Requests.Count;
                }

                Assert.Empty(drained.Requests);
                cluster.Round(policy);
                Assert.Empty(drained.Requests);
            },
            iter: 100);
    }

    /// <summary>30 blocks are free on each of four instances, and a request needs 60.</summary>
    [Theory]
    [MemberData(nameof(Moving))]
    public void A_request_too_big_for_any_one_instance_starts_after_others_made_room(string name)
    {
        var policy = RebalancePolicies.Create(name, Options with { LookaheadSteps = 0, SourceBelow = 5, DestinationAbove = 9 });
        var cluster = new SnapshotCluster(4);
        for (int i = 0; i < 4; i++)
        {
            foreach (int size in (int[])[14, 18, 38]) cluster.Add(i, size);
        }

        var big = cluster.Add(2, 60, running: false);
        Assert.All(cluster.Instances, instance => Assert.False(instance.Fits(big)));
        for (int round = 0; round < 20 && !big.Running; round++) cluster.Round(policy);

        Assert.True(big.Running);
        Assert.Contains(big, cluster.Instances[2].Requests);
    }

    [Fact]
    public void Nothing_moves_in_vain_where_all_that_could_move_makes_no_room()
    {
        // The first has freeness enough but for its waiting request; the others have room for one of the two that would have to go.
        var cluster = new SnapshotCluster(2);
        cluster.Add(0, 30);
        cluster.Add(0, 30);
        cluster.Add(0, 80, running: false);
        cluster.Add(1, 60);
        Assert.Empty(cluster.Round(new BalancedPairs(Options with { LookaheadSteps = 0 })));

        cluster = new SnapshotCluster(2);
        cluster.Add(0, 15);
        cluster.Add(0, 30);
        cluster.Add(0, 80, running: false);
        cluster.Add(1, 30);
        Assert.NotEmpty(cluster.Round(new BalancedPairs(Options with { LookaheadSteps = 0 })));
    }

    [Fact]
    public void Waiting_requests_go_to_where_they_start_at_once()
    {
        var cluster = new SnapshotCluster(3);
        cluster.Add(0, 90);
        var waiting = Enumerable.Range(0, 3).Select(_ => cluster.Add(0, 20, running: false)).ToArray();
        cluster.Add(1, 20);
        var orders = cluster.Round(new BalancedPairs(Options));

        Assert.All(orders, order => Assert.Equal(MoveKind.Waiting, order.Limits.Kind));
        Assert.All(waiting, request => Assert.True(request.Running));
        Assert.Equal([1, 2, 2], cluster.Instances.Select(instance => instance.Requests.Count));
    }

    [Fact]
    public void A_waiting_request_does_not_go_to_where_it_would_wait_or_crowd_others()
    {
        var cluster = new SnapshotCluster(3, places: 2);
        cluster.Add(0, 90);
        cluster.Add(0, 50, running: false);
        cluster.Add(1, 10);
        cluster.Add(1, 10);
        cluster.Add(2, 51);
        Assert.Empty(cluster.Round(new BalancedPairs(Options)));
    }

    [Fact]
    public void A_lone_request_is_not_sent_to_and_fro()
    {
        var cluster = new SnapshotCluster(2);
        cluster.Add(0, 95);
        Assert.Empty(cluster.Round(new BalancedPairs(Options)));
    }

    [Fact]
    public void Several_requests_go_to_several_instances_in_one_round_and_no_more_at_once_than_may()
    {
        var cluster = new SnapshotCluster(3, places: 100);
        for (int i = 0; i < 33; i++) cluster.Add(0, 3);
        var orders = cluster.Round(new BalancedPairs(Options with { RequestsPerInstance = 8 }));
        Assert.Equal([("i001", 4), ("i002", 4)], orders.Select(order => (order.To.Name, order.Limits.Count)).Order());

        var busy = cluster.Instances[0].Report();
        var idle = cluster.Instances[1].Report();
        var more = new List<MoveOrder>();
        new BalancedPairs(Options).Pair([new RebalanceInstance(busy, MovingOut: 4), new RebalanceInstance(idle)], more);
        Assert.Empty(more);
        new BalancedPairs(Options).Pair([new RebalanceInstance(busy, MovingOut: 3), new RebalanceInstance(idle, MovingIn: 2)], more);
        Assert.Equal(1, Assert.Single(more).Limits.Count);
        more.Clear();
        new BalancedPairs(Options).Pair([new RebalanceInstance(busy), new RebalanceInstance(idle, MovingIn: 4)], more);
        Assert.Empty(more);
    }

    [Fact]
    public void Whatever_the_loads_no_order_of_balanced_pairs_leaves_a_side_worse_off_than_the_worse_one_was() =>
        Gen.Select(Loads, Gen.Int[0, 5], Gen.Int[1, 4], Gen.Int[0, 64]).Sample(
            (loads, watermark, count, lookahead) =>
            {
                var cluster = Cluster(loads, watermark);
                cluster.Instances[0].Terminating = loads[0].Length % 4 == 3;
                var policy = new BalancedPairs(Options with { RequestsPerInstance = count, LookaheadSteps = lookahead });
                var before = cluster.Instances.ToDictionary(instance => instance.Id, instance => instance.Terminating ? 0 : instance.Worth());
                var reports = cluster.Instances.Select(instance => new RebalanceInstance(instance.Report())).ToArray();
                var orders = new List<MoveOrder>();
                policy.Pair(reports, orders);
                foreach (var order in orders) cluster.CarryOut(order);

                var after = cluster.Instances.ToDictionary(
                    instance => instance.Id,
                    instance =>
                    {
                        instance.Admit();
                        return instance.Worth();
                    });
                foreach (var order in orders)
                {
                    Assert.False(cluster.Instances.Single(instance => instance.Id == order.To).Terminating);
                    Assert.True(after[order.To] >= Math.Max(0, before[order.From]) - 1e-9, $"{order}: {before[order.From]} before, {after[order.To]} after.");
                    Assert.InRange(order.Limits.Count, 1, count);
                }

                Assert.All(orders.GroupBy(order => order.From), group => Assert.InRange(group.Sum(order => order.Limits.Count), 1, count));
                Assert.All(orders.GroupBy(order => order.To), group => Assert.InRange(group.Sum(order => order.Limits.Count), 1, count));
            },
            iter: 1000);

    [Fact]
    public void Balanced_pairs_come_to_rest_on_a_load_that_stays_as_it_is() =>
        Loads.Sample(
            loads =>
            {
                var cluster = Cluster(loads);
                var policy = new BalancedPairs(Options);
                int rounds = 0;
                while (cluster.Round(policy).Count > 0) Assert.True(++rounds < 300, "Requests go round in circles.");
            },
            iter: 300);
}
