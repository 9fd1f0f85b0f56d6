using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Tests.Delivery;

public sealed class InboundTokensTests
{
    private static readonly Epoch Current = new(1, 3);
    private static readonly InboundTokens Five = new(Current, NextIndex: 5);

    [Theory]
    [InlineData(5, 2, InboundVerdict.New, 0, 2, 7)]
    [InlineData(3, 4, InboundVerdict.New, 2, 2, 7)]
    [InlineData(3, 2, InboundVerdict.Known, 2, 0, 5)]
    [InlineData(0, 1, InboundVerdict.Known, 1, 0, 5)]
    [InlineData(5, 0, InboundVerdict.Known, 0, 0, 5)]
    [InlineData(6, 1, InboundVerdict.Gap, 0, 0, 5)]
    [InlineData(6, 0, InboundVerdict.Gap, 0, 0, 5)]
    public void Tokens_are_judged_by_where_they_start_and_end(int first, int count, InboundVerdict verdict, int skip, int fresh, int next) =>
        Assert.Equal(
            new InboundReceipt(verdict, Five with { NextIndex = next }, skip, fresh), Five.Receive(Current, first, count, FinishReason.None));

    [Fact]
    public void An_older_placement_is_stale_and_one_never_given_out_is_foreign()
    {
        Assert.Equal(InboundVerdict.Stale, Five.Receive(new Epoch(1, 2), 5, 1, FinishReason.None).Verdict);
        Assert.Equal(InboundVerdict.Foreign, Five.Receive(new Epoch(1, 4), 5, 1, FinishReason.None).Verdict);
        Assert.Equal(InboundVerdict.Foreign, Five.Receive(new Epoch(2, 1), 5, 1, FinishReason.None).Verdict);
    }

    [Fact]
    public void A_granted_placement_takes_over_when_it_speaks_and_the_one_before_is_stale_from_then_on()
    {
        var granted = new Epoch(1, 4);
        var waiting = Five with { Granted = granted };
        Assert.Equal(InboundVerdict.New, waiting.Receive(Current, 5, 1, FinishReason.None).Verdict);
        var after = waiting.Receive(granted, 3, 2, FinishReason.None).State;
        Assert.Equal(new InboundTokens(granted, 5), after);
        Assert.Equal(InboundVerdict.Stale, after.Receive(Current, 5, 1, FinishReason.None).Verdict);
    }

    [Fact]
    public void The_end_counts_only_once_every_token_before_it_is_here()
    {
        Assert.Equal(InboundVerdict.Gap, Five.Receive(Current, 6, 0, FinishReason.Stop).Verdict);
        var ended = Five.Receive(Current, 5, 1, FinishReason.Stop).State;
        Assert.Equal(Five with { NextIndex = 6, Finish = FinishReason.Stop }, ended);
        Assert.Equal(new InboundReceipt(InboundVerdict.Known, ended, 1, 0), ended.Receive(Current, 5, 1, FinishReason.Stop));
    }

    [Fact]
    public void An_end_without_tokens_is_new_once()
    {
        var receipt = Five.Receive(Current, 5, 0, FinishReason.Length);
        Assert.Equal((InboundVerdict.New, 0, FinishReason.Length), (receipt.Verdict, receipt.Count, receipt.State.Finish));
    }
}
