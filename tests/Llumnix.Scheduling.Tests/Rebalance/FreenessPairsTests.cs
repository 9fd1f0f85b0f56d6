using CsCheck;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Rebalance;
using static Llumnix.Scheduling.Tests.Load.Loads;

namespace Llumnix.Scheduling.Tests.Rebalance;

public sealed class FreenessPairsTests
{
    private static readonly FreenessPairs Policy = new(new RebalancePolicyOptions { SourceBelow = 10, DestinationAbove = 60 });

    private static string[] Pair(IRebalancePolicy policy, params RebalanceInstance[] instances)
    {
        var orders = new List<MoveOrder>();
        policy.Pair(instances, orders);
        return [.. orders.Select(order => $"{order.From}>{order.To}x{order.Limits.Count}")];
    }

    private static RebalanceInstance Instance(string name, int used, int running = 1, bool terminating = false, int movingOut = 0, int movingIn = 0) =>
        new(Report(name, load: Batch(used, running), terminating: terminating), movingOut, movingIn);

    [Fact]
    public void The_lowest_goes_with_the_highest_repeatedly() =>
        Assert.Equal(
            ["c>dx1", "a>ex1"],
            Pair(Policy, Instance("a", 95), Instance("b", 50), Instance("c", 99), Instance("d", 5), Instance("e", 20), Instance("f", 35)));

    [Fact]
    public void Those_within_the_band_take_no_part() =>
        Assert.Empty(Pair(Policy, Instance("a", 90), Instance("b", 40), Instance("c", 41)));

    [Fact]
    public void Pairs_end_where_one_side_is_used_up() =>
        Assert.Equal(["a>cx1"], Pair(Policy, Instance("a", 99), Instance("b", 95), Instance("c", 0)));

    [Fact]
    public void A_terminating_instance_is_the_first_source_and_never_a_destination()
    {
        Assert.Equal(["b>c", "a>d"], Pair(Policy, Instance("a", 99), Instance("b", 1, terminating: true), Instance("c", 0), Instance("d", 1)).Select(pair => pair[..3]));
        Assert.Empty(Pair(Policy, Instance("a", 99), Instance("b", 0, running: 0, terminating: true)));
    }

    [Fact]
    public void One_whose_moves_have_not_ended_takes_no_part() =>
        Assert.Equal(
            ["a>d"],
            Pair(Policy, Instance("a", 95), Instance("b", 99, movingOut: 1), Instance("c", 0, movingIn: 1), Instance("d", 10)).Select(pair => pair[..3]));

    [Fact]
    public void A_waiting_head_of_line_makes_its_instance_a_source() =>
        Assert.Equal(
            ["a>b"],
            Pair(Policy, new RebalanceInstance(Report("a", load: Batch(used: 60, running: 2, headOfLine: 30))), Instance("b", 10)).Select(pair => pair[..3]));

    [Fact]
    public void Whatever_the_loads_no_move_goes_from_freer_to_fuller()
    {
        var load = Gen.Select(Gen.Int[0, 100], Gen.Int[0, 8], Gen.Int[0, 40], Gen.Int[0, 9]);
        Gen.Select(load.Array[0, 12], Gen.Int[-20, 40], Gen.Int[0, 60], Gen.Int[1, 3]).Sample((loads, below, band, count) =>
        {
            var headrooms = new Headrooms(25);
            var policy = new FreenessPairs(
                new RebalancePolicyOptions { SourceBelow = below, DestinationAbove = below + band, RequestsPerPair = count, Headrooms = headrooms });
            var instances = loads.Select((load, i) =>
            {
                var (used, running, head, odd) = load;
                var batch = Batch(used, running, head, 100, new ClassLoad(running / 2, used, 0, 0));
                return new RebalanceInstance(Report($"{i:00}", load: batch, terminating: odd == 0), odd == 1 ? 1 : 0);
            }).ToArray();
            var orders = new List<MoveOrder>();
            policy.Pair(instances, orders);

            var byId = instances.ToDictionary(instance => instance.Report.Instance);
            double Free(InstanceId id) => Freeness.Of(byId[id].Report.Load, byId[id].Report.Terminating, headrooms);
            foreach (var order in orders)
            {
                Assert.True(Free(order.From) < Free(order.To));
                Assert.False(byId[order.To].Report.Terminating);
                Assert.Equal(count, order.Limits.Count);
            }

            // Each instance is in one pair at most.
            Assert.Equal(orders.Count * 2, orders.SelectMany(order => (InstanceId[])[order.From, order.To]).Distinct().Count());
        }, iter: 500);
    }

    [Fact]
    public void Policies_go_by_name_and_an_unknown_name_or_value_is_told()
    {
        Assert.Empty(Pair(new NoRebalance(), Instance("a", 99), Instance("b", 0)));
        Assert.Contains("freeness-pairs", RebalancePolicies.Names);
        Assert.All(RebalancePolicies.Names, name => Assert.NotNull(RebalancePolicies.Create(name, new())));
        Assert.Contains("there are", Assert.Throws<ArgumentException>(() => RebalancePolicies.Create("some", new())).Message, StringComparison.Ordinal);
        Assert.Contains(
            "DestinationAbove is 5 and SourceBelow is 10",
            Assert.Throws<ArgumentException>(() => RebalancePolicies.Create("freeness-pairs", new() { DestinationAbove = 5 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "RequestsPerPair is 0",
            Assert.Throws<ArgumentException>(() => RebalancePolicies.Create("freeness-pairs", new() { RequestsPerPair = 0 })).Message,
            StringComparison.Ordinal);
    }
}
