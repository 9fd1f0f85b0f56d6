using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Tests.Delivery;

public sealed class OutboundTokensTests
{
    private static OutboundTokens<int> With(params int[] tokens)
    {
        var outbound = new OutboundTokens<int>(Epoch.First, nextIndex: 0, maxUnacknowledged: 3);
        foreach (int token in tokens) outbound.Append(token);
        return outbound;
    }

    private static (int First, int[] Tokens, FinishReason Finish)? Take(OutboundTokens<int> outbound) =>
        outbound.TryTake(out int first, out var tokens, out var finish) ? (first, tokens.ToArray(), finish) : null;

    private static void AssertTakes(OutboundTokens<int> outbound, int first, int[] tokens, FinishReason finish = FinishReason.None)
    {
        var taken = Take(outbound);
        Assert.NotNull(taken);
        Assert.Equal((first, finish), (taken.Value.First, taken.Value.Finish));
        Assert.Equal(tokens, taken.Value.Tokens);
    }

    [Fact]
    public void Each_token_is_given_out_once_with_its_index()
    {
        var outbound = With(10, 11);
        AssertTakes(outbound, 0, [10, 11]);
        Assert.Null(Take(outbound));
        outbound.Append(12);
        AssertTakes(outbound, 2, [12]);
    }

    [Fact]
    public void A_request_placed_again_counts_on_from_the_tokens_it_came_with()
    {
        var outbound = new OutboundTokens<int>(new Epoch(1, 2), nextIndex: 40, maxUnacknowledged: 3);
        outbound.Append(5);
        AssertTakes(outbound, 40, [5]);
    }

    [Fact]
    public void Tokens_asked_for_again_are_given_out_again_and_those_before_are_forgotten()
    {
        var outbound = With(10, 11, 12);
        Take(outbound);
        outbound.ResendFrom(1);
        Assert.Equal([11, 12], outbound.Unacknowledged.ToArray());
        AssertTakes(outbound, 1, [11, 12]);
    }

    [Fact]
    public void Being_asked_for_tokens_that_are_not_there_yet_is_answered_without_tokens()
    {
        var outbound = With(10);
        Take(outbound);
        outbound.ResendFrom(1);
        AssertTakes(outbound, 1, []);
        Assert.Null(Take(outbound));
    }

    [Fact]
    public void An_acknowledgement_that_comes_late_or_is_about_something_else_changes_nothing()
    {
        var outbound = With(10, 11, 12);
        outbound.Acknowledge(2, ended: false);
        outbound.Acknowledge(1, ended: false);
        outbound.Acknowledge(9, ended: true);
        Assert.Equal((2, 3), (outbound.AcknowledgedIndex, outbound.NextIndex));
        Assert.Equal([12], outbound.Unacknowledged.ToArray());
        AssertTakes(outbound, 2, [12]);
    }

    [Fact]
    public void A_late_request_for_tokens_gives_out_no_acknowledged_one()
    {
        var outbound = With(10, 11, 12);
        Take(outbound);
        outbound.Acknowledge(2, ended: false);
        outbound.ResendFrom(0);
        AssertTakes(outbound, 2, [12]);
    }

    [Fact]
    public void It_pauses_with_too_many_tokens_unacknowledged_and_goes_on_when_one_is_acknowledged()
    {
        var outbound = With(10, 11);
        Assert.False(outbound.Paused);
        outbound.Append(12);
        Assert.True(outbound.Paused);
        outbound.Acknowledge(1, ended: false);
        Assert.False(outbound.Paused);
    }

    [Fact]
    public void The_end_is_kept_until_it_is_acknowledged_with_all_tokens()
    {
        var outbound = With(10);
        Take(outbound);
        outbound.End(FinishReason.Length);
        outbound.End(FinishReason.Cancelled);
        AssertTakes(outbound, 1, [], FinishReason.Length);
        outbound.Acknowledge(1, ended: false);
        Assert.False(outbound.IsDone);
        outbound.ResendFrom(1);
        AssertTakes(outbound, 1, [], FinishReason.Length);
        outbound.Acknowledge(1, ended: true);
        Assert.True(outbound.IsDone);
        outbound.ResendFrom(1);
        Assert.False(outbound.HasUnsent);
    }

    [Fact]
    public void Nothing_follows_the_end()
    {
        var outbound = With(10);
        outbound.End(FinishReason.Stop);
        Assert.Throws<InvalidOperationException>(() => outbound.Append(11));
        Assert.Throws<ArgumentException>(() => outbound.End(FinishReason.None));
    }

    [Fact]
    public void Memory_stays_bounded_over_a_long_output()
    {
        var outbound = new OutboundTokens<string>(Epoch.First, 0, maxUnacknowledged: 3);
        for (int i = 0; i < 1000; i++)
        {
            outbound.Append($"token {i}");
            if (i >= 2) outbound.Acknowledge(i - 1, ended: false);
            Assert.True(outbound.TryTake(out int first, out var tokens, out _));
            Assert.Equal((i, $"token {i}"), (first, tokens[0]));
        }

        Assert.Equal(["token 998", "token 999"], outbound.Unacknowledged.ToArray());
    }
}
