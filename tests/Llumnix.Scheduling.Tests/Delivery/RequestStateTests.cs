using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Requests;
using Effect = Llumnix.Scheduling.Delivery.RequestEffect;
using Happened = Llumnix.Scheduling.Delivery.RequestEvent;

namespace Llumnix.Scheduling.Tests.Delivery;

/// <summary>One test or more for each row of the table at <see cref="RequestState"/>.</summary>
public sealed class RequestStateTests
{
    private static readonly InstanceId A = new("a");
    private static readonly InstanceId B = new("b");
    private static readonly InstanceId C = new("c");

    private static Epoch E(int placement) => new(1, placement);

    private static RequestState After(params RequestEvent[] events) => After(RequestState.Create(placementTries: 3), events);

    private static RequestState After(RequestState state, params RequestEvent[] events)
    {
        foreach (var happened in events) state = state.Handle(happened).State;
        return state;
    }

    private static readonly RequestState Asked = After(Happened.Begin.Instance);
    private static readonly RequestState Submitted = After(Asked, new Happened.Placed(A));
    private static readonly RequestState Accepted = After(Submitted, new Happened.Accepted(A, E(1)));
    private static readonly RequestState Running = After(Accepted, Tokens(A, 1, 0, 2));
    private static readonly RequestState Migrating = After(Running, new Happened.MayMove(A, E(1), B));
    private static readonly RequestState Finished = After(Running, Tokens(A, 1, 2, 1, FinishReason.Stop));
    private static readonly RequestState Cancelled = After(Running, Happened.Cancel.Instance);

    private static Happened.Tokens Tokens(InstanceId from, int placement, int first, int count, FinishReason finish = FinishReason.None) =>
        new(from, E(placement), first, count, finish);

    /// <summary>Asserts what an event does; an excluded list is compared by its entries.</summary>
    private static RequestState AssertDoes(RequestState state, RequestEvent happened, params RequestEffect[] effects)
    {
        var transition = state.Handle(happened);
        Assert.Equal(effects.Select(Describe), transition.Effects.Select(Describe));
        return transition.State;

        static string Describe(RequestEffect effect) =>
            effect is Effect.Place place ? $"Place excluding [{string.Join(", ", place.Excluding)}]" : effect.ToString()!;
    }

    private static Effect.Place Place(params InstanceId[] excluding) => new(excluding);

    [Fact]
    public void Begin_asks_for_an_instance_once()
    {
        var state = AssertDoes(RequestState.Create(), Happened.Begin.Instance, Place());
        AssertDoes(state, Happened.Begin.Instance);
        Assert.Equal((RequestPhase.Waiting, PlacementStep.Asked), (state.Phase, state.Step));
    }

    [Fact]
    public void The_named_instance_gets_the_request_and_a_second_answer_is_passed_over()
    {
        var state = AssertDoes(Asked, new Happened.Placed(A), new Effect.Submit(A, E(1), 0));
        AssertDoes(state, new Happened.Placed(B));
        Assert.Equal(A, state.Instance);
    }

    [Fact]
    public void A_request_taken_over_goes_on_where_it_is_in_a_new_incarnation_and_nowhere_else()
    {
        var epoch = new Epoch(2, 1) { Gateway = 9 };
        var taken = RequestState.TakeOver(epoch, delivered: 7, A, FinishReason.None, [new PendingStop(B, epoch, false), new PendingStop(C, epoch, true)]);
        Assert.Equal([new Effect.Stop(B, epoch), new Effect.Stop(C, epoch), new Effect.Submit(A, epoch, 7)], taken.Effects);
        Assert.Equal((RequestPhase.Waiting, PlacementStep.Submitted, 7), (taken.State.Phase, taken.State.Step, taken.State.Inbound.NextIndex));

        var running = AssertDoes(
            taken.State, new Happened.Tokens(A, epoch, 7, 1, FinishReason.None), new Effect.Deliver(7, 0, 1), new Effect.Acknowledge(A, epoch, 8, false));
        AssertDoes(running, new Happened.Tokens(B, new Epoch(1, 9), 8, 1, FinishReason.None));
        AssertDoes(running, new Happened.InstanceLost(A, Dead: true), Place(A));
    }

    [Fact]
    public void A_request_taken_over_that_nobody_has_is_placed_anew() => AssertDoes(
        RequestState.TakeOver(new Epoch(2, 1) { Gateway = 9 }, 0, at: null, FinishReason.None, []).State,
        new Happened.Placed(A),
        new Effect.Submit(A, new Epoch(2, 1) { Gateway = 9 }, 0));

    [Fact]
    public void A_request_taken_over_after_its_end_ends_at_once()
    {
        var epoch = new Epoch(2, 1) { Gateway = 9 };
        var taken = RequestState.TakeOver(epoch, delivered: 7, A, FinishReason.Stop, [new PendingStop(B, epoch, false)]);
        Assert.Equal([new Effect.Stop(B, epoch), new Effect.End(FinishReason.Stop, null)], taken.Effects);
        Assert.Equal((RequestPhase.Finished, false), (taken.State.Phase, taken.State.IsDone));
        Assert.True(AssertDoes(taken.State, new Happened.Stopped(B, epoch)).IsDone);
    }

    [Fact]
    public void Nobody_waits_for_a_stop_that_is_never_answered()
    {
        var state = After(RequestState.Create(stopTries: 2), Happened.Begin.Instance, new Happened.Placed(A), Happened.Cancel.Instance);
        state = AssertDoes(state, Happened.Retry.Instance, new Effect.Stop(A, E(1)));
        Assert.False(state.IsDone);
        state = AssertDoes(state, Happened.Retry.Instance, new Effect.Stop(A, E(1)));
        Assert.True(state.IsDone);
    }

    [Fact]
    public void Without_any_instance_the_dispatcher_is_asked_again_at_each_retry_and_the_request_fails_in_the_end()
    {
        var none = new Happened.NotPlaced(FailureKind.Unavailable, "Nobody is there.");
        var state = Asked;
        for (int i = 0; i < 2; i++)
        {
            state = AssertDoes(state, none);
            Assert.True(state.NeedsRetry);
            state = AssertDoes(state, Happened.Retry.Instance, Place());
        }

        var failure = new RequestFailure(FailureKind.Unavailable, "Nobody is there.");
        state = AssertDoes(state, none, new Effect.End(FinishReason.Failed, failure));
        Assert.Equal((RequestPhase.Failed, failure, true), (state.Phase, state.Failure, state.IsDone));
    }

    [Fact]
    public void A_model_nobody_serves_fails_at_once() => AssertDoes(
        Asked,
        new Happened.NotPlaced(FailureKind.UnknownModel, "There is no such model.", Final: true),
        new Effect.End(FinishReason.Failed, new RequestFailure(FailureKind.UnknownModel, "There is no such model.")));

    [Fact]
    public void An_accepted_request_waits_without_submitting_again()
    {
        var state = AssertDoes(Submitted, new Happened.Accepted(A, E(1)));
        Assert.Equal((RequestPhase.Waiting, PlacementStep.Accepted, false), (state.Phase, state.Step, state.NeedsRetry));
    }

    [Fact]
    public void A_superseded_placement_that_accepts_is_told_to_stop()
    {
        var moved = After(Submitted, new Happened.InstanceLost(A, Dead: true), new Happened.Placed(B));
        AssertDoes(moved, new Happened.Accepted(A, E(1)), new Effect.Stop(A, E(1)));
        AssertDoes(Cancelled with { }, new Happened.Accepted(A, E(1)));
    }

    [Fact]
    public void A_refused_request_goes_to_the_next_instance_under_a_new_epoch()
    {
        var state = AssertDoes(Submitted, new Happened.Refused(A, E(1), PlacementRefusal.QueueFull, "Full."), Place(A));
        state = AssertDoes(state, new Happened.Placed(B), new Effect.Submit(B, E(2), 0));
        AssertDoes(state, new Happened.Refused(A, E(1), PlacementRefusal.QueueFull, "Full."));
        AssertDoes(state, new Happened.Refused(B, E(2), PlacementRefusal.Terminating, "Going."), Place(A, B));
    }

    [Theory]
    [InlineData(PlacementRefusal.QueueFull, PlacementRefusal.QueueFull, FailureKind.Overloaded, "B says no.")]
    [InlineData(PlacementRefusal.QueueFull, PlacementRefusal.TooLarge, FailureKind.Overloaded, "A says no.")]
    [InlineData(PlacementRefusal.TooLarge, PlacementRefusal.Terminating, FailureKind.Overloaded, "B says no.")]
    [InlineData(PlacementRefusal.TooLarge, PlacementRefusal.TooLarge, FailureKind.Unservable, "B says no.")]
    public void A_new_request_refused_by_all_fails_for_the_reason_that_leaves_most_hope(
        PlacementRefusal byA, PlacementRefusal byB, FailureKind kind, string sentence) =>
        AssertDoes(
            After(
                Submitted,
                new Happened.Refused(A, E(1), byA, "A says no."),
                new Happened.Placed(B),
                new Happened.Refused(B, E(2), byB, "B says no.")),
            new Happened.NotPlaced(FailureKind.Unavailable, "No other is there."),
            new Effect.End(FinishReason.Failed, new RequestFailure(kind, sentence)));

    [Fact]
    public void A_request_with_delivered_tokens_that_all_refuse_is_tried_again()
    {
        var state = After(
            Running,
            new Happened.InstanceLost(A, Dead: true),
            new Happened.Placed(B),
            new Happened.Refused(B, E(2), PlacementRefusal.QueueFull, "Full."));
        state = AssertDoes(state, new Happened.NotPlaced(FailureKind.Unavailable, "No other is there."));
        AssertDoes(state, Happened.Retry.Instance, Place());
    }

    [Fact]
    public void A_request_another_gateway_has_taken_over_fails_here_and_is_not_stopped_there() => AssertDoes(
        Submitted,
        new Happened.Refused(A, E(1), PlacementRefusal.Superseded, "Taken over."),
        new Effect.End(FinishReason.Failed, new RequestFailure(FailureKind.Superseded, "Taken over.")));

    [Fact]
    public void A_request_its_instance_does_not_have_is_placed_again()
    {
        var state = AssertDoes(Running, new Happened.NotHere(A, E(1)), Place());
        AssertDoes(state, new Happened.Placed(A), new Effect.Submit(A, E(2), 2));
        AssertDoes(Running, new Happened.NotHere(B, E(1)));
    }

    [Fact]
    public void When_the_source_has_moved_on_its_destination_is_asked_for_its_word()
    {
        var state = AssertDoes(Migrating, new Happened.MovedOn(A, E(1), B, E(2)), new Effect.Resend(B, E(2), 2));
        AssertDoes(state, Tokens(B, 2, 2, 1), new Effect.Moved(A, B), new Effect.Deliver(2, 0, 1), new Effect.Acknowledge(B, E(2), 3, false));
        AssertDoes(state, new Happened.NotHere(B, E(2)), new Effect.Stop(B, E(2)), Place());
        AssertDoes(Running, new Happened.MovedOn(C, E(1), B, E(2)));
    }

    [Fact]
    public void A_request_that_moved_on_by_a_void_grant_is_placed_again()
    {
        var suspected = After(Migrating, new Happened.InstanceLost(B));
        var state = AssertDoes(suspected, new Happened.MovedOn(A, E(1), B, E(2)), new Effect.Stop(B, E(2)), Place());
        AssertDoes(state, new Happened.Placed(A), new Effect.Submit(A, E(3), 2));
    }

    [Fact]
    public void New_tokens_are_delivered_and_acknowledged()
    {
        var state = AssertDoes(Submitted, Tokens(A, 1, 0, 2), new Effect.Deliver(0, 0, 2), new Effect.Acknowledge(A, E(1), 2, false));
        Assert.Equal((RequestPhase.Running, PlacementStep.Accepted), (state.Phase, state.Step));
        AssertDoes(state, Tokens(A, 1, 1, 3), new Effect.Deliver(2, 1, 2), new Effect.Acknowledge(A, E(1), 4, false));
    }

    [Fact]
    public void Known_tokens_are_acknowledged_again_and_a_gap_is_asked_for()
    {
        AssertDoes(Running, Tokens(A, 1, 0, 2), new Effect.Acknowledge(A, E(1), 2, false));
        AssertDoes(Running, Tokens(A, 1, 3, 1), new Effect.Resend(A, E(1), 2));
    }

    [Fact]
    public void Tokens_in_an_epoch_that_was_submitted_to_nobody_are_passed_over() => AssertDoes(Asked, Tokens(A, 1, 0, 1));

    [Fact]
    public void A_sign_of_life_without_tokens_is_not_progress()
    {
        var state = AssertDoes(Submitted, Tokens(A, 1, 0, 0), new Effect.Acknowledge(A, E(1), 0, false));
        Assert.Equal((RequestPhase.Waiting, PlacementStep.Accepted), (state.Phase, state.Step));
    }

    [Fact]
    public void Tokens_with_the_end_finish_the_request_once()
    {
        var state = AssertDoes(
            Running,
            Tokens(A, 1, 2, 1, FinishReason.Length),
            new Effect.Deliver(2, 0, 1),
            new Effect.Acknowledge(A, E(1), 3, true),
            new Effect.End(FinishReason.Length, null));
        Assert.Equal((RequestPhase.Finished, true, false), (state.Phase, state.IsDone, state.NeedsRetry));
        AssertDoes(state, Tokens(A, 1, 2, 1, FinishReason.Length), new Effect.Acknowledge(A, E(1), 3, true));
        AssertDoes(state, Happened.Cancel.Instance);
        AssertDoes(state, new Happened.InstanceLost(A));
        AssertDoes(state, new Happened.Accepted(A, E(1)));
        AssertDoes(state, Happened.Silent.Instance);
    }

    [Fact]
    public void A_request_its_instance_cannot_go_on_with_fails_and_says_where()
    {
        var state = After(Running, Tokens(A, 1, 2, 0, FinishReason.Failed));
        Assert.Equal((RequestPhase.Failed, FailureKind.Internal), (state.Phase, state.Failure!.Kind));
        Assert.Contains("instance a", state.Failure.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Silence_is_answered_by_asking_for_the_next_token()
    {
        AssertDoes(Running, Happened.Silent.Instance, new Effect.Resend(A, E(1), 2));
        AssertDoes(Accepted, Happened.Silent.Instance, new Effect.Resend(A, E(1), 0));
        AssertDoes(Submitted, Happened.Silent.Instance);
        AssertDoes(Running.Handle(Happened.Stall.Instance).State, Happened.Silent.Instance);
    }

    [Fact]
    public void When_its_instance_dies_the_request_goes_on_elsewhere_at_the_next_token()
    {
        var state = AssertDoes(Running, new Happened.InstanceLost(A, Dead: true), Place(A));
        Assert.Equal((RequestPhase.Waiting, 0), (state.Phase, state.Stops.Length));
        state = AssertDoes(state, new Happened.Placed(B), new Effect.Submit(B, E(2), 2));
        AssertDoes(state, Tokens(B, 2, 2, 1), new Effect.Deliver(2, 0, 1), new Effect.Acknowledge(B, E(2), 3, false));
        AssertDoes(Running, new Happened.InstanceLost(C));
    }

    [Fact]
    public void A_suspected_instance_is_told_to_stop_until_it_answers_and_its_tokens_are_dropped_at_once()
    {
        var state = AssertDoes(Running, new Happened.InstanceLost(A), new Effect.Stop(A, E(1)), Place(A));
        state = AssertDoes(state, Tokens(A, 1, 2, 1), new Effect.Stop(A, E(1)));
        state = AssertDoes(state, Tokens(A, 1, 2, 1));
        state = After(state, new Happened.Placed(B), new Happened.Accepted(B, E(2)));
        state = AssertDoes(state, Happened.Retry.Instance, new Effect.Stop(A, E(1)));
        state = AssertDoes(state, new Happened.Stopped(A, E(1)));
        Assert.False(state.NeedsRetry);
    }

    [Fact]
    public void Nobody_waits_for_the_stop_of_a_lost_instance()
    {
        Assert.False(Cancelled.IsDone);
        Assert.True(After(Cancelled, new Happened.InstanceLost(A)).IsDone);
        Assert.True(After(Cancelled, new Happened.InstanceLost(A)).NeedsRetry);
        Assert.False(After(Cancelled, new Happened.InstanceLost(A, Dead: true)).NeedsRetry);
    }

    [Fact]
    public void What_is_not_answered_is_repeated_at_each_retry()
    {
        AssertDoes(Asked, Happened.Retry.Instance, Place());
        AssertDoes(Submitted, Happened.Retry.Instance, new Effect.Submit(A, E(1), 0));
        AssertDoes(Cancelled, Happened.Retry.Instance, new Effect.Stop(A, E(1)));
        AssertDoes(Running, Happened.Retry.Instance);
    }

    [Fact]
    public void A_cancelled_request_ends_at_once_and_stops_its_placement_until_that_answers()
    {
        var state = AssertDoes(Running, Happened.Cancel.Instance, new Effect.Stop(A, E(1)), new Effect.End(FinishReason.Cancelled, null));
        AssertDoes(state, Happened.Cancel.Instance);
        AssertDoes(state, Tokens(A, 1, 2, 1));
        Assert.False(state.IsDone);
        state = AssertDoes(state, new Happened.Stopped(A, E(1)));
        Assert.True(state.IsDone);
        AssertDoes(state, new Happened.Accepted(A, E(1)), new Effect.Stop(A, E(1)));
    }

    [Fact]
    public void A_request_cancelled_while_it_is_placed_goes_nowhere()
    {
        var state = AssertDoes(Asked, Happened.Cancel.Instance, new Effect.End(FinishReason.Cancelled, null));
        AssertDoes(state, new Happened.Placed(A));
        Assert.True(state.IsDone);
    }

    [Fact]
    public void While_the_client_is_slow_tokens_are_delivered_but_not_acknowledged()
    {
        var state = AssertDoes(Running, Happened.Stall.Instance);
        state = AssertDoes(state, Tokens(A, 1, 2, 1), new Effect.Deliver(2, 0, 1));
        state = AssertDoes(state, Tokens(A, 1, 2, 1));
        AssertDoes(state, Happened.Flow.Instance, new Effect.Acknowledge(A, E(1), 3, false));
        AssertDoes(Running, Happened.Flow.Instance);
        AssertDoes(
            state,
            Tokens(A, 1, 3, 0, FinishReason.Stop),
            new Effect.Acknowledge(A, E(1), 3, true),
            new Effect.End(FinishReason.Stop, null));
    }

    [Fact]
    public void A_running_request_may_move_to_one_destination_under_a_new_epoch()
    {
        var state = AssertDoes(Running, new Happened.MayMove(A, E(1), B), new Effect.GrantMove(A, B, E(2)));
        Assert.Equal(RequestPhase.Migrating, state.Phase);
        AssertDoes(state, new Happened.MayMove(A, E(1), B), new Effect.GrantMove(A, B, E(2)));
        AssertDoes(state, new Happened.MayMove(A, E(1), C), new Effect.DenyMove(A, C, E(1)));
        AssertDoes(Accepted, new Happened.MayMove(A, E(1), B), new Effect.GrantMove(A, B, E(2)));
        AssertDoes(Running, new Happened.MayMove(C, E(1), B), new Effect.DenyMove(C, B, E(1)));
        AssertDoes(state, Tokens(A, 1, 2, 1), new Effect.Deliver(2, 0, 1), new Effect.Acknowledge(A, E(1), 3, false));
    }

    [Fact]
    public void The_first_tokens_of_a_granted_destination_complete_the_move()
    {
        var state = AssertDoes(
            Migrating,
            Tokens(B, 2, 1, 2),
            new Effect.Moved(A, B),
            new Effect.Deliver(2, 1, 1),
            new Effect.Acknowledge(B, E(2), 3, false));
        Assert.Equal((RequestPhase.Running, B, E(2)), (state.Phase, state.Instance!.Value, state.Epoch));
        AssertDoes(state, Tokens(A, 1, 3, 1), new Effect.Stop(A, E(1)));
    }

    [Fact]
    public void An_aborted_move_leaves_the_request_where_it_is_and_its_epoch_is_not_given_out_again()
    {
        var state = AssertDoes(Migrating, new Happened.MoveAborted(E(2)));
        Assert.Equal((RequestPhase.Running, A, E(1)), (state.Phase, state.Instance!.Value, state.Epoch));
        AssertDoes(state, Tokens(B, 2, 2, 1), new Effect.Stop(B, E(2)));
        AssertDoes(state, new Happened.MayMove(A, E(1), C), new Effect.GrantMove(A, C, E(3)));
        Assert.Equal(RequestPhase.Migrating, AssertDoes(Migrating, new Happened.MoveAborted(E(9))).Phase);
    }

    [Fact]
    public void A_lost_source_or_destination_voids_the_grant()
    {
        var recovering = AssertDoes(Migrating, new Happened.InstanceLost(A, Dead: true), new Effect.Stop(B, E(2)), Place(A));
        AssertDoes(recovering, new Happened.Placed(C), new Effect.Submit(C, E(3), 2));
        AssertDoes(recovering, Tokens(B, 2, 2, 1));
        var staying = AssertDoes(Migrating, new Happened.InstanceLost(B), new Effect.Stop(B, E(2)));
        Assert.Equal((RequestPhase.Running, A), (staying.Phase, staying.Instance!.Value));
        AssertDoes(staying, Tokens(B, 2, 2, 1), new Effect.Stop(B, E(2)));
    }

    [Fact]
    public void A_request_that_ends_while_it_moves_leaves_neither_side_running()
    {
        AssertDoes(
            Migrating,
            Happened.Cancel.Instance,
            new Effect.Stop(A, E(1)),
            new Effect.Stop(B, E(2)),
            new Effect.End(FinishReason.Cancelled, null));
        AssertDoes(
            Migrating,
            Tokens(A, 1, 2, 0, FinishReason.Stop),
            new Effect.Acknowledge(A, E(1), 2, true),
            new Effect.End(FinishReason.Stop, null),
            new Effect.Stop(B, E(2)));
    }

    [Fact]
    public void Another_gateways_newer_placement_is_left_alone() =>
        AssertDoes(Running, new Happened.Tokens(B, new Epoch(2, 1), 2, 1, FinishReason.None));
}
