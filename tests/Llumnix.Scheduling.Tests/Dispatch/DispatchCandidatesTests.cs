using CsCheck;
using Llumnix.Scheduling.Dispatch;
using Llumnix.Scheduling.Load;
using static Llumnix.Scheduling.Tests.Load.Loads;

namespace Llumnix.Scheduling.Tests.Dispatch;

/// <summary>The kept orders give what looking at every instance would.</summary>
public sealed class DispatchCandidatesTests
{
    [Fact]
    public void However_loads_change_the_candidates_are_those_that_looking_at_all_instances_gives()
    {
        Gen.Select(Gen.Select(Gen.Int[0, 6], Gen.Int[0, 19], Gen.Int[0, 100], Gen.Int[0, 3]).Array[1, 200], Gen.Int[0, 30]).Sample((operations, spread) =>
        {
            var view = new LoadView(1, TimeSpan.FromSeconds(10), new Headrooms(0, 10));
            var policy = new Looking(spread);
            var now = TimeSpan.Zero;
            long sequence = 0;
            foreach (var (kind, number, value, small) in operations)
            {
                string name = $"i{number:00}";
                var id = new InstanceId(name);
                now += TimeSpan.FromSeconds(1);
                switch (kind)
                {
                    case 0 or 1:
                        view.Apply(Report(name, ++sequence, Batch(value, small), terminating: value % 7 == 0), now);
                        break;
                    case 2:
                        view.Remove(id, 1);
                        break;
                    case 3:
                        view.Check(now, new List<InstanceId>());
                        break;
                    default:
                        InstanceId[] excluded = [.. Enumerable.Range(0, small).Select(i => new InstanceId($"i{(number + i * value) % 20:00}"))];
                        policy.Expected = [.. view.Instances
                            .Where(load => !load.Suspected && !load.Report.Terminating && !excluded.Contains(load.Instance))
                            .OrderBy(load => load.Instance)];
                        var decision = view.Dispatch(policy, new DispatchRequest("m", Priority.Normal, 16), excluded, value / 101.0, now);
                        Assert.Equal(policy.Expected.Length > 0, decision.Outcome == DispatchOutcome.Chosen);
                        break;
                }
            }
        }, iter: 500);
    }

    [Fact]
    public void A_policy_that_follows_another_finds_its_own_order()
    {
        var view = new LoadView(1, TimeSpan.FromSeconds(1), Headrooms.None);
        view.Apply(Report("a", load: Batch(used: 10, running: 9)), default);
        view.Apply(Report("b", load: Batch(used: 50, running: 1)), default);
        string Choose(IDispatchPolicy policy) => view.Dispatch(policy, new DispatchRequest("m", Priority.Normal, 1), [], 0, default).Instance.Name;
        Assert.Equal("b", Choose(new LeastRequestsDispatch()));
        Assert.Equal("a", Choose(new LeastKvDispatch()));
        Assert.Equal("b", Choose(new LeastRequestsDispatch()));
    }

    private sealed class Looking(int spread) : IDispatchPolicy
    {
        public InstanceLoad[] Expected { get; set; } = [];

        public double Rank(InstanceLoad load) => -load.Freeness;

        public InstanceLoad? Choose(DispatchCandidates candidates, in DispatchRequest request, double draw)
        {
            Assert.Equal(Expected, Enumerable.Range(0, candidates.Count).Select(i => candidates[i]));
            Assert.Throws<ArgumentOutOfRangeException>(() => candidates[candidates.Count]);
            var ranked = Expected.OrderBy(Rank).ThenBy(load => load.Instance).ToArray();
            Assert.Equal(ranked[0], candidates.Best);
            var within = ranked.Where(load => Rank(load) <= Rank(ranked[0]) + spread).ToArray();
            var drawn = candidates.DrawBest(spread, draw);
            Assert.Equal(within[(int)(draw * within.Length)], drawn);
            Assert.All(Expected, load => Assert.Equal(load, candidates.Find(load.Instance)));
            Assert.Null(candidates.Find(new InstanceId("nobody")));
            for (int i = 0; i < 20; i++)
            {
                var id = new InstanceId($"i{i:00}");
                Assert.Equal(Expected.FirstOrDefault(load => load.Instance.CompareTo(id) > 0) ?? Expected[0], candidates.After(id));
            }

            return drawn;
        }
    }
}
