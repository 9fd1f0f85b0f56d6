using Llumnix.Scheduling.Dispatch;
using Llumnix.Scheduling.Load;
using static Llumnix.Scheduling.Tests.Load.Loads;

namespace Llumnix.Scheduling.Tests.Dispatch;

public sealed class DispatchPolicyTests
{
    private static readonly DispatchRequest Request = new("m", Priority.Normal, 16);

    private static string Choose(IDispatchPolicy policy, double draw, params (string Name, int Used)[] instances)
    {
        var view = new LoadView(1, TimeSpan.FromSeconds(1), Headrooms.None);
        foreach (var (name, used) in instances) view.Apply(Report(name, load: Batch(used, running: 1)), TimeSpan.Zero);
        return view.Dispatch(policy, Request, [], draw, TimeSpan.Zero).Instance.Name;
    }

    [Theory]
    [InlineData(0.0, "a")]
    [InlineData(0.4, "a")]
    [InlineData(0.6, "c")]
    [InlineData(0.999, "c")]
    public void Freeness_draws_among_those_within_the_spread_of_the_best(double draw, string chosen) =>
        Assert.Equal(chosen, Choose(new FreenessDispatch(spread: 5), draw, ("a", 15), ("b", 16), ("c", 10)));

    [Fact]
    public void Freeness_without_spread_takes_the_best() =>
        Assert.Equal("c", Choose(new FreenessDispatch(spread: 0), 0.99, ("a", 15), ("b", 16), ("c", 10)));

    [Fact]
    public void Freeness_takes_the_least_overfull_where_all_are_overfull()
    {
        var view = new LoadView(1, TimeSpan.FromSeconds(1), Headrooms.None);
        view.Apply(Report("a", load: Batch(used: 100, running: 1, headOfLine: 50)), TimeSpan.Zero);
        view.Apply(Report("b", load: Batch(used: 100, running: 1, headOfLine: 20)), TimeSpan.Zero);
        Assert.Equal("b", view.Dispatch(new FreenessDispatch(0), Request, [], 0, TimeSpan.Zero).Instance.Name);
    }

    [Fact]
    public void Round_robin_takes_turns_whoever_comes_and_goes()
    {
        var policy = new RoundRobinDispatch();
        Assert.Equal("a", Choose(policy, 0, ("a", 0), ("b", 0), ("c", 0)));
        Assert.Equal("b", Choose(policy, 0, ("a", 0), ("b", 0), ("c", 0)));
        Assert.Equal("bb", Choose(policy, 0, ("a", 0), ("bb", 90), ("c", 0)));
        Assert.Equal("c", Choose(policy, 0, ("a", 0), ("c", 0)));
        Assert.Equal("a", Choose(policy, 0, ("a", 0), ("c", 0)));
    }

    [Fact]
    public void Policies_go_by_name_and_an_unknown_name_or_value_is_told()
    {
        Assert.Equal(["freeness", "round-robin"], DispatchPolicies.Names);
        Assert.All(DispatchPolicies.Names, name => Assert.NotNull(DispatchPolicies.Create(name, new())));
        Assert.Contains(
            "\"random\"; there are freeness, round-robin.",
            Assert.Throws<ArgumentException>(() => DispatchPolicies.Create("random", new())).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "spread of freeness dispatch is -1",
            Assert.Throws<ArgumentException>(() => DispatchPolicies.Create("freeness", new() { Spread = -1 })).Message,
            StringComparison.Ordinal);
    }
}
