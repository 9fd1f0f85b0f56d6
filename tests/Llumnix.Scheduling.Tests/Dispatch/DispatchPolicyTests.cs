using Llumnix.Scheduling.Batching;
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
    [InlineData(0.0, "c")]
    [InlineData(0.4, "c")]
    [InlineData(0.6, "a")]
    [InlineData(0.999, "a")]
    public void Freeness_draws_among_those_within_the_spread_of_the_best(double draw, string chosen) =>
        Assert.Equal(chosen, Choose(new FreenessDispatch(spread: 5), draw, ("a", 15), ("b", 16), ("c", 10)));

    [Fact]
    public void Freeness_without_spread_takes_the_best() =>
        Assert.Equal("c", Choose(new FreenessDispatch(spread: 0), 0.99, ("a", 15), ("b", 16), ("c", 10)));

    /// <summary>a is the fullest, b runs a high request and so keeps 60 blocks free for its class, c is half full.</summary>
    [Theory]
    [InlineData(0, "b")]
    [InlineData(1, "c")]
    [InlineData(2, "c")]
    public void A_class_with_headroom_goes_where_room_is_kept_for_it_and_others_go_elsewhere(byte rank, string chosen)
    {
        foreach (double draw in (double[])[0, 0.999])
        {
            var view = new LoadView(1, TimeSpan.FromSeconds(1), new Headrooms(60, 0, 0));
            view.Apply(Report("a", load: Batch(used: 70, running: 1)), TimeSpan.Zero);
            view.Apply(Report("b", load: Batch(used: 10, running: 1, classes: [new ClassLoad(1, 10, 0, 0)])), TimeSpan.Zero);
            view.Apply(Report("c", load: Batch(used: 50, running: 1)), TimeSpan.Zero);

            var request = new DispatchRequest("m", new Priority(rank), 16);
            Assert.Equal(chosen, view.Dispatch(new FreenessDispatch(1), request, [], draw, TimeSpan.Zero).Instance.Name);
        }
    }

    [Fact]
    public void Freeness_takes_the_least_overfull_where_all_are_overfull()
    {
        var view = new LoadView(1, TimeSpan.FromSeconds(1), Headrooms.None);
        view.Apply(Report("a", load: Batch(used: 100, running: 1, headOfLine: 50)), TimeSpan.Zero);
        view.Apply(Report("b", load: Batch(used: 100, running: 1, headOfLine: 20)), TimeSpan.Zero);
        Assert.Equal("b", view.Dispatch(new FreenessDispatch(0), Request, [], 0, TimeSpan.Zero).Instance.Name);
    }

    private static LoadView View(params (string Name, int Used, int Running, int Waiting, int WaitingDemand)[] instances)
    {
        var view = new LoadView(1, TimeSpan.FromSeconds(1), Headrooms.None);
        foreach (var (name, used, running, waiting, demand) in instances)
            view.Apply(Report(name, load: Batch(used, running) with { Waiting = waiting, WaitingDemand = demand }), TimeSpan.Zero);
        return view;
    }

    private static string Choices(LoadView view, IDispatchPolicy policy, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => view.Dispatch(policy, Request, [], 0, TimeSpan.Zero).Instance.Name));

    [Fact]
    public void Least_requests_counts_running_waiting_and_sent_ones() =>
        Assert.Equal("bcbc", Choices(View(("a", 0, 3, 2, 0), ("b", 90, 1, 0, 0), ("c", 0, 0, 1, 50)), new LeastRequestsDispatch(), 4));

    [Fact]
    public void Least_kv_counts_blocks_in_use_and_those_that_the_queue_and_sent_requests_need() =>
        Assert.Equal("bbabc", Choices(View(("a", 12, 1, 1, 0), ("b", 10, 9, 0, 0), ("c", 3, 0, 2, 9)), new LeastKvDispatch(), 5));

    [Fact]
    public void Late_binding_takes_the_roomiest_and_holds_back_what_none_can_start()
    {
        var view = View(("a", 90, 1, 0, 0), ("b", 85, 1, 0, 0), ("c", 20, 1, 1, 4));
        var request = new DispatchRequest("m", Priority.Normal, 7 * 16);

        // 8 blocks with that of the next token: b has 15, then 8, then 1, and a has 10, then 3; c has a queue.
        var outcomes = Enumerable.Range(0, 4).Select(_ => view.Dispatch(new LateBindingDispatch(), request, [], 0, TimeSpan.Zero)).ToArray();

        Assert.Equal(["b", "a", "b"], outcomes[..3].Select(decision => decision.Instance.Name));
        Assert.Equal(DispatchOutcome.HeldBack, outcomes[3].Outcome);
    }

    [Fact]
    public void Late_binding_gives_an_idle_instance_even_what_it_can_only_refuse() =>
        Assert.Equal("a", View(("a", 0, 0, 0, 0)).Dispatch(new LateBindingDispatch(), new DispatchRequest("m", Priority.Normal, 5000), [], 0, TimeSpan.Zero).Instance.Name);

    [Fact]
    public void Late_binding_holds_back_where_the_batch_is_full()
    {
        var view = new LoadView(1, TimeSpan.FromSeconds(1), Headrooms.None);
        view.Apply(Report("a", load: Batch(used: 2, running: 4) with { MaxRunning = 4 }), TimeSpan.Zero);

        Assert.Equal(DispatchOutcome.HeldBack, view.Dispatch(new LateBindingDispatch(), Request, [], 0, TimeSpan.Zero).Outcome);
    }

    [Fact]
    public void Vllm_weighs_a_waiting_request_as_four_running_ones() =>
        Assert.Equal("bab", Choices(View(("a", 0, 8, 0, 0), ("b", 0, 3, 1, 0), ("c", 0, 20, 0, 0)), new VllmDispatch(), 3));

    [Fact]
    public void Power_of_two_takes_the_emptier_of_two_drawn_ones()
    {
        // Every ordered pair of different instances is drawn once.
        var drawn = Enumerable.Range(0, 6)
            .Select(pair => View(("a", 0, 1, 0, 0), ("b", 0, 2, 0, 0), ("c", 0, 3, 0, 0))
                .Dispatch(new PowerOfTwoDispatch(), Request, [], (pair + 0.5) / 6, TimeSpan.Zero).Instance.Name);
        Assert.Equal(["a", "a", "a", "a", "b", "b"], drawn.Order());
        Assert.Equal("a", View(("a", 0, 1, 0, 0)).Dispatch(new PowerOfTwoDispatch(), Request, [], 0.9, TimeSpan.Zero).Instance.Name);
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
        Assert.Equal(["freeness", "late-binding", "least-kv", "least-requests", "power-of-two", "round-robin", "vllm"], DispatchPolicies.Names);
        Assert.All(DispatchPolicies.Names, name => Assert.NotNull(DispatchPolicies.Create(name, new())));
        Assert.Contains(
            "\"random\"; there are freeness, late-binding, least-kv, least-requests, power-of-two, round-robin, vllm.",
            Assert.Throws<ArgumentException>(() => DispatchPolicies.Create("random", new())).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "spread of freeness dispatch is -1",
            Assert.Throws<ArgumentException>(() => DispatchPolicies.Create("freeness", new() { Spread = -1 })).Message,
            StringComparison.Ordinal);
    }
}
