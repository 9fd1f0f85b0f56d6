using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Recovery;
using Llumnix.Scheduling.Requests;
using Effect = Llumnix.Scheduling.Recovery.RecoveryEffect;
using Happened = Llumnix.Scheduling.Recovery.RecoveryEvent;

namespace Llumnix.Scheduling.Tests.Recovery;

/// <summary>One test or more for each row of the table at <see cref="RequestRecovery"/>.</summary>
public sealed class RequestRecoveryTests
{
    private const int Gateway = 77;

    private static readonly InstanceId A = new("a");
    private static readonly InstanceId B = new("b");
    private static readonly InstanceId C = new("c");

    private static readonly Happened HasNothing = new Happened.HoldsNot(B, default);

    private static RequestRecovery Asking => RequestRecovery.Start(Gateway, [A, B], [], maxTries: 3).State;

    private static Epoch E(int incarnation, int placement, int gateway = 0) => new(incarnation, placement) { Gateway = gateway };

    private static Happened.Holds Holds(InstanceId at, Epoch epoch, int tokens, FinishReason finish = FinishReason.None) => new(at, epoch, tokens, finish);

    /// <summary>Asserts what an event does; instances to be stopped are compared by their entries.</summary>
    private static RequestRecovery AssertDoes(RequestRecovery state, Happened happened, params Effect[] effects)
    {
        var transition = state.Handle(happened);
        Assert.Equal(effects.Select(Describe), transition.Effects.Select(Describe));
        return transition.State;
    }

    private static string Describe(Effect effect) => effect switch
    {
        Effect.Adopt e => $"Adopt at {e.At} in {Told(e.Epoch)}: {e.Tokens} tokens, {e.Finish}; stop {string.Join(", ", e.Others.Select(Told))}",
        Effect.GenerateAgain e => $"GenerateAgain in {Told(e.Epoch)}; stop {string.Join(", ", e.Others.Select(Told))}",
        _ => effect.ToString()!,
    };

    private static string Told(Epoch epoch) => $"{epoch}@{epoch.Gateway}";

    private static string Told(PendingStop stop) => $"{stop.Instance} {Told(stop.Epoch)} {stop.Unreachable}";

    private static Effect.Adopt Adopt(InstanceId at, Epoch epoch, int tokens, FinishReason finish = FinishReason.None, params PendingStop[] others) =>
        new(at, epoch, tokens, finish, [.. others]);

    [Fact]
    public void Every_instance_that_is_not_suspected_is_asked() =>
        Assert.Equal([new Effect.Ask(A), new Effect.Ask(C)], RequestRecovery.Start(Gateway, [A, B, C], [B]).Effects);

    [Fact]
    public void With_nobody_to_ask_the_request_is_generated_again_in_a_new_incarnation()
    {
        var start = RequestRecovery.Start(Gateway, [A], [A]);
        Assert.Equal(
            [Describe(new Effect.GenerateAgain(E(2, 1, Gateway), [new PendingStop(A, E(2, 0, Gateway), Unreachable: true)]))],
            start.Effects.Select(Describe));
        Assert.Equal(RecoveryPhase.Decided, start.State.Phase);
        Assert.False(start.State.NeedsRetry);
    }

    [Fact]
    public void The_sequence_goes_on_where_it_is_when_all_have_answered()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 5));
        AssertDoes(state, HasNothing, Adopt(A, E(2, 1, Gateway), 5, FinishReason.None, new PendingStop(B, E(2, 0, Gateway), false)));
    }

    [Fact]
    public void Nobody_has_it_and_it_is_generated_again()
    {
        var state = AssertDoes(Asking, new Happened.HoldsNot(A, E(3, 4, 5)));
        AssertDoes(
            state,
            HasNothing,
            new Effect.GenerateAgain(E(4, 1, Gateway), [new PendingStop(A, E(4, 0, Gateway), false), new PendingStop(B, E(4, 0, Gateway), false)]));
    }

    [Fact]
    public void Of_two_sequences_the_one_in_the_newer_epoch_goes_on()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 5));
        AssertDoes(state, Holds(B, E(1, 4), 4), Adopt(B, E(2, 1, Gateway), 4, FinishReason.None, new PendingStop(A, E(2, 0, Gateway), false)));
    }

    [Fact]
    public void An_ended_sequence_is_better_than_one_that_goes_on()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 8, FinishReason.Stop));
        AssertDoes(state, Holds(B, E(1, 4), 4), Adopt(A, E(2, 1, Gateway), 8, FinishReason.Stop, new PendingStop(B, E(2, 0, Gateway), false)));
    }

    [Fact]
    public void The_new_incarnation_is_newer_than_every_one_that_was_seen()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 5));
        AssertDoes(
            state,
            new Happened.HoldsNot(B, E(2, 9, gateway: 99)),
            Adopt(A, E(3, 1, Gateway), 5, FinishReason.None, new PendingStop(B, E(3, 0, Gateway), false)));
    }

    [Fact]
    public void A_forwarding_note_to_an_instance_not_known_here_is_followed()
    {
        var state = AssertDoes(Asking, HasNothing);
        state = AssertDoes(state, new Happened.MovedOn(A, E(1, 3), C), new Effect.Ask(C));
        AssertDoes(
            state,
            Holds(C, E(1, 4), 6),
            Adopt(C, E(2, 1, Gateway), 6, FinishReason.None, new PendingStop(A, E(2, 0, Gateway), false), new PendingStop(B, E(2, 0, Gateway), false)));
    }

    [Fact]
    public void A_forwarding_note_to_an_instance_that_is_asked_already_is_an_answer()
    {
        var state = AssertDoes(Asking, new Happened.MovedOn(A, E(1, 3), B));
        AssertDoes(state, Holds(B, E(1, 4), 6), Adopt(B, E(2, 1, Gateway), 6, FinishReason.None, new PendingStop(A, E(2, 0, Gateway), false)));
    }

    [Fact]
    public void An_id_under_which_something_else_runs_is_refused()
    {
        var state = AssertDoes(Asking, new Happened.Differs(A), new Effect.Refuse());
        AssertDoes(state, HasNothing);
    }

    [Fact]
    public void A_dead_instance_is_awaited_no_longer_and_not_stopped()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 5));
        AssertDoes(state, new Happened.InstanceLost(B, Dead: true), Adopt(A, E(2, 1, Gateway), 5));
    }

    [Fact]
    public void What_a_suspected_instance_answered_before_is_void()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 5));
        state = AssertDoes(state, new Happened.InstanceLost(A));
        state = AssertDoes(state, Holds(A, E(1, 3), 5));
        AssertDoes(
            state,
            HasNothing,
            new Effect.GenerateAgain(E(2, 1, Gateway), [new PendingStop(A, E(2, 0, Gateway), true), new PendingStop(B, E(2, 0, Gateway), false)]));
    }

    [Fact]
    public void Those_that_do_not_answer_are_asked_again_and_in_the_end_done_without()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 5));
        state = AssertDoes(state, Happened.Retry.Instance, new Effect.Ask(B));
        state = AssertDoes(state, Happened.Retry.Instance, new Effect.Ask(B));
        AssertDoes(state, Happened.Retry.Instance, Adopt(A, E(2, 1, Gateway), 5, FinishReason.None, new PendingStop(B, E(2, 0, Gateway), true)));
    }

    [Fact]
    public void A_client_that_cancels_waits_for_nobody()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 5));
        state = AssertDoes(
            state, Happened.Cancel.Instance, Adopt(A, E(2, 1, Gateway), 5, FinishReason.None, new PendingStop(B, E(2, 0, Gateway), true)));
        AssertDoes(state, HasNothing);
        AssertDoes(state, Happened.Retry.Instance);
    }

    [Fact]
    public void An_answer_that_comes_twice_counts_once()
    {
        var state = AssertDoes(Asking, Holds(A, E(1, 3), 5));
        AssertDoes(state, Holds(A, E(1, 4), 6));
    }
}
