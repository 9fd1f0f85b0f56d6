using CsCheck;
using Llumnix.Scheduling.Scaling;
using static Llumnix.Scheduling.Tests.Load.Loads;

namespace Llumnix.Scheduling.Tests.Scaling;

/// <summary>A test a row of the table of <see cref="ModelScaling"/>, and whole lives with a launcher that fails.</summary>
public sealed class ModelScalingTests
{
    private static readonly ModelScalingOptions Options = new(TimeSpan.FromSeconds(60), new RetryDelay(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(9)));

    private readonly ScriptedPolicy _policy = new();
    private ModelScaling _state = ModelScaling.Initial;

    [Fact]
    public void What_the_policy_adds_the_launcher_starts_and_it_counts_as_starting_until_it_reports()
    {
        Assert.Equal([new ScalingEffect.Start(1)], Add(0, One("a:1/0")));
        Assert.Equal(1, _policy.SeenStarting(Round(1, One("a:1/0"))));
        Assert.Empty(At(2, new ScalingEvent.Started(1, LaunchPlace.OfNode("b:2"))));
        Assert.Equal(1, _policy.SeenStarting(Round(3, One("a:1/0"))));
        Assert.Equal(("b:2", 2), (_state.Starting[0].Place.ToString(), _state.Wanted));

        Assert.Equal(0, _policy.SeenStarting(Round(4, One("a:1/0"), One("b:2/0"))));
        Assert.Empty(_state.Starting);
        Assert.Equal(("add", "1 instance, 0 starting, average freeness 5.5"), (_state.LastDecision!.What, _state.LastDecision.Reason));
    }

    [Fact]
    public void A_start_beyond_its_deadline_is_given_up_wherever_it_is_and_counts_as_a_failure()
    {
        Add(0, One("a:1/0"));
        Add(1, One("a:1/0"));
        At(2, new ScalingEvent.Started(2, LaunchPlace.OfHost("c")));

        Assert.Empty(Round(59.9, One("a:1/0")));
        Assert.Equal([new ScalingEffect.GiveUp(1, null)], Round(60, One("a:1/0")));
        Assert.Equal("the launcher did not start an instance within 60 s", _state.LastFailure!.Reason);
        Assert.Equal([new ScalingEffect.GiveUp(2, LaunchPlace.OfHost("c"))], Round(61, One("a:1/0")));
        Assert.Equal(("start", "what was started at c did not report within 60 s", 2), (_state.LastFailure!.What, _state.LastFailure.Reason, _state.Failures));
        Assert.Empty(_state.Starting);
    }

    [Fact]
    public void What_comes_of_a_start_after_it_was_given_up_is_undone()
    {
        Add(0, One("a:1/0"));
        Round(60, One("a:1/0"));

        Assert.Equal([new ScalingEffect.GiveUp(1, LaunchPlace.OfNode("b:2"))], At(61, new ScalingEvent.Started(1, LaunchPlace.OfNode("b:2"))));
        Assert.Empty(At(62, new ScalingEvent.StartFailed(1, "it was cancelled")));
        Assert.Equal(1, _state.Failures);
    }

    [Fact]
    public void After_a_failure_the_launcher_is_left_alone_twice_as_long_each_time_up_to_a_bound_and_a_success_forgets_it()
    {
        double now = 0;
        foreach (double wait in (double[])[2, 4, 8, 9, 9])
        {
            Assert.Single(Add(now, One("a:1/0")));
            At(now, new ScalingEvent.StartFailed(_state.Starting[0].Number, "no"));
            Assert.Empty(Add(now + wait - 0.1, One("a:1/0")));
            Assert.Equal(2, _state.Wanted);
            now += wait;
        }

        Assert.Single(Add(now, One("a:1/0")));
        At(now, new ScalingEvent.Started(_state.Starting[0].Number, new LaunchPlace("a:1/1")));
        Round(now, One("a:1/0"), One("a:1/1"));
        Assert.Equal((0, null), (_state.Failures, _state.NotBefore));
    }

    [Fact]
    public void A_refused_start_does_not_use_up_the_policy_s_cool_down()
    {
        Add(0, One("a:1/0"));
        At(0, new ScalingEvent.StartFailed(1, "no"));
        var before = _state.Policy;

        Add(1, One("a:1/0"));

        Assert.Equal(before, _state.Policy);
    }

    [Fact]
    public void What_the_policy_drains_is_drained_each_round_and_ended_once_it_owes_nobody_anything()
    {
        Assert.Equal([Drain("a:1/1")], Say(0, new ScalingDecision.Drain(new InstanceId("a:1/1")), One("a:1/0"), One("a:1/1")));
        Assert.Equal(1, _state.Wanted);
        Assert.Equal([Drain("a:1/1")], Round(1, One("a:1/0"), Leaving("a:1/1")));
        Assert.Equal([new ScalingEffect.End(new InstanceId("a:1/1"))], Round(2, One("a:1/0"), Leaving("a:1/1", settled: true)));
        Assert.Empty(Round(3, One("a:1/0"), Leaving("a:1/1", settled: true)));
        Assert.Empty(Round(4, One("a:1/0")));
        Assert.Empty(_state.Ending);
    }

    [Fact]
    public void An_end_that_failed_is_tried_again_after_its_wait()
    {
        Round(0, One("a:1/0"), Leaving("a:1/1", settled: true));
        At(1, new ScalingEvent.EndFailed(new InstanceId("a:1/1"), "the server is busy"));

        Assert.Equal(("end", "the server is busy"), (_state.LastFailure!.What, _state.LastFailure.Reason));
        Assert.Empty(Round(2.9, One("a:1/0"), Leaving("a:1/1", settled: true)));
        Assert.Equal([new ScalingEffect.End(new InstanceId("a:1/1"))], Round(3, One("a:1/0"), Leaving("a:1/1", settled: true)));
        Round(4, One("a:1/0"));
        Assert.Equal(0, _state.Failures);
    }

    [Fact]
    public void A_new_manager_goes_on_with_what_an_earlier_one_drained_and_not_with_what_an_operator_did()
    {
        var operated = new ScaledInstance(Report("a:1/2", terminating: true));

        Assert.Equal([Drain("a:1/1")], Round(0, One("a:1/0"), Leaving("a:1/1"), operated));
        Assert.Equal(1, _state.Wanted);
    }

    [Fact]
    public void Instead_of_starting_one_a_draining_instance_is_kept_the_fullest_first_unless_it_was_told_to_end()
    {
        Assert.Equal(
            [Drain("a:1/1"), new ScalingEffect.Keep(new InstanceId("a:1/2"))],
            Add(0, One("a:1/0"), Leaving("a:1/1", running: 1), Leaving("a:1/2", running: 3)));

        Round(1, One("a:1/0"), Leaving("a:1/1", settled: true));
        Assert.Equal([new ScalingEffect.Start(1)], Add(2, One("a:1/0"), Leaving("a:1/1", settled: true)));
    }

    [Fact]
    public void Starts_that_only_the_launcher_knows_of_count_and_its_own_are_not_counted_twice()
    {
        Assert.Equal(2, _policy.SeenStarting(At(0, new ScalingEvent.Round([One("a:1/0")], StartingElsewhere: 2))));
        Add(1, One("a:1/0"));
        Assert.Equal(2, _policy.SeenStarting(At(2, new ScalingEvent.Round([One("a:1/0")], StartingElsewhere: 2))));
        Assert.Equal(1, _policy.SeenStarting(At(3, new ScalingEvent.Round([One("a:1/0")], StartingElsewhere: 0))));
    }

    [Fact]
    public void Only_what_the_launcher_can_end_is_drained()
    {
        ScaledInstance[] instances = [One("a:1/0"), One("b:1/0", running: 4), One("c:1/0", running: 2)];
        Round(0, instances);
        Assert.Null(_policy.Seen.NextToEnd);

        instances[0] = instances[0] with { CanEnd = false };
        Round(1, instances);
        Assert.Equal(new InstanceId("c:1/0"), _policy.Seen.NextToEnd);

        instances = [.. instances.Select(instance => instance with { CanEnd = false })];
        Assert.Empty(Say(2, new ScalingDecision.Drain(new InstanceId("a:1/0")), instances));
        Assert.Null(_state.LastDecision);
    }

    [Fact]
    public void A_place_is_an_instance_or_all_of_a_node_or_of_a_host()
    {
        Assert.True(new LaunchPlace("a:1/2").Holds(new InstanceId("a:1/2")));
        Assert.False(new LaunchPlace("a:1/2").Holds(new InstanceId("a:1/20")));
        Assert.True(LaunchPlace.OfNode("a:1").Holds(new InstanceId("a:1/20")));
        Assert.False(LaunchPlace.OfNode("a:1").Holds(new InstanceId("a:10/2")));
        Assert.True(LaunchPlace.OfHost("pod-1.svc").Holds(new InstanceId("pod-1.svc:4053/0")));
        Assert.False(LaunchPlace.OfHost("pod-1").Holds(new InstanceId("pod-10:4053/0")));
    }

    /// <summary>
    /// A real policy, a load that rises and falls, a launcher that fails and loses starts: the number always comes to where the load wants
    /// it once the launcher works, within the bounds, and nothing is left starting or ending.
    /// </summary>
    [Fact]
    public void Whatever_the_launcher_does_the_number_comes_to_rest_within_the_bounds() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 40], Gen.Int[1, 4], Gen.Int[0, 300]).Sample((seed, load, min, troubled) =>
        {
            var random = new Random(seed);
            var limits = new ScalingPolicyOptions { MinInstances = min, MaxInstances = 6, ScaleUpBelow = 10, ScaleDownAbove = 40 };
            var policy = new FreenessBand(limits);
            var state = ModelScaling.Initial;
            var living = new Dictionary<string, bool>();
            var coming = new List<(int Number, int At, bool Lost)>();
            int names = 0;
            for (int second = 0; second < 4000; second++)
            {
                bool trouble = second < troubled;
                var now = TimeSpan.FromSeconds(second);
                foreach (var (number, at, lost) in coming.Where(start => start.At == second).ToArray())
                {
                    string name = $"n:{++names}/0";
                    state = state.Handle(new ScalingEvent.Started(number, new LaunchPlace(name)), policy, Options, now).State;
                    if (!lost) living[name] = false;
                }

                int staying = Math.Max(1, living.Count(instance => !instance.Value));
                ScaledInstance[] instances =
                [
                    .. living.Select(instance => new ScaledInstance(
                        Report(instance.Key, load: instance.Value ? Batch() : Batch(used: Math.Min(100, 8 * load / staying), running: load / staying), terminating: instance.Value),
                        Leaving: instance.Value,
                        Settled: instance.Value && second % 3 == 0)),
                ];
                var (next, effects) = state.Handle(new ScalingEvent.Round(instances), policy, Options, now);
                state = next;
                foreach (var effect in effects)
                {
                    switch (effect)
                    {
                        case ScalingEffect.Start start when trouble && random.Next(3) == 0:
                            state = state.Handle(new ScalingEvent.StartFailed(start.Number, "no"), policy, Options, now).State;
                            break;
                        case ScalingEffect.Start start:
                            coming.Add((start.Number, second + 1 + random.Next(20), trouble && random.Next(2) == 0));
                            break;
                        case ScalingEffect.End end when trouble && random.Next(2) == 0:
                            state = state.Handle(new ScalingEvent.EndFailed(end.Instance, "no"), policy, Options, now).State;
                            break;
                        case ScalingEffect.End end:
                            living.Remove(end.Instance.Name);
                            break;
                        case ScalingEffect.Drain drain:
                            living[drain.Instance.Name] = true;
                            break;
                        case ScalingEffect.Keep keep:
                            living[keep.Instance.Name] = false;
                            break;
                        case ScalingEffect.GiveUp { Place: { } place }:
                            living.Remove(place.Name);
                            break;
                        case ScalingEffect.GiveUp:
                            break;
                        default:
                            Assert.Fail($"{effect} is new here.");
                            break;
                    }
                }

                Assert.True(living.Count(instance => !instance.Value) + state.Starting.Length <= limits.MaxInstances + 1);
            }

            Assert.InRange(living.Count, min, limits.MaxInstances);
            Assert.DoesNotContain(living, instance => instance.Value);
            Assert.Empty(state.Starting);
            Assert.Empty(state.Ending);
        }, iter: 100);

    private static ScaledInstance One(string id, int running = 0) => new(Report(id, load: Batch(running: running)));

    private static ScaledInstance Leaving(string id, bool settled = false, int running = 0) =>
        new(Report(id, load: Batch(running: running), terminating: true), Leaving: true, Settled: settled);

    private static ScalingEffect.Drain Drain(string id) => new(new InstanceId(id));

    private IReadOnlyList<ScalingEffect> Round(double seconds, params ScaledInstance[] instances) => Say(seconds, ScalingDecision.Keep.Instance, instances);

    private IReadOnlyList<ScalingEffect> Add(double seconds, params ScaledInstance[] instances) => Say(seconds, ScalingDecision.Add.Instance, instances);

    private IReadOnlyList<ScalingEffect> Say(double seconds, ScalingDecision decision, params ScaledInstance[] instances)
    {
        _policy.Next = decision;
        return At(seconds, new ScalingEvent.Round(instances));
    }

    private IReadOnlyList<ScalingEffect> At(double seconds, ScalingEvent happened)
    {
        var (state, effects) = _state.Handle(happened, _policy, Options, TimeSpan.FromSeconds(seconds));
        _state = state;
        _policy.Next = ScalingDecision.Keep.Instance;
        return effects;
    }

    /// <summary>Says what it is told to, and what it was shown.</summary>
    private sealed class ScriptedPolicy : IScalingPolicy
    {
        public ScalingDecision Next { get; set; } = ScalingDecision.Keep.Instance;

        public ScalingView Seen { get; private set; } = new([]);

        public int SeenStarting(IReadOnlyList<ScalingEffect> effects)
        {
            Assert.Empty(effects);
            return Seen.Starting;
        }

        public ScalingStep Decide(ScalingState state, ScalingView view, TimeSpan now)
        {
            Seen = view;
            return new ScalingStep(Next is ScalingDecision.Keep ? state : state with { LastAdded = now }, Next, 5.5);
        }
    }
}
