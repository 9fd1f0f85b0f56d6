using CsCheck;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Scheduling.Tests.Rebalance;

public sealed class RequestChoiceTests
{
    private static readonly MoveCandidate[] Candidates =
    [
        Candidate(1, Priority.Normal, arrival: 10, tokens: 100, running: true),
        Candidate(2, Priority.Low, arrival: 20, tokens: 300, running: true),
        Candidate(3, Priority.Low, arrival: 30, tokens: 200, running: true),
        Candidate(4, Priority.Normal, arrival: 5, tokens: 50, running: false),
        Candidate(5, Priority.High, arrival: 40, tokens: 10, running: false),
    ];

    private static MoveCandidate Candidate(ulong id, Priority priority, long arrival, int tokens, bool running)
    {
        int blocks = (tokens + 15) / 16;
        return new MoveCandidate(new RequestId(0, id << 16), priority, arrival, tokens, running ? blocks : 0, blocks, running);
    }

    private static string Choose(string choice, MoveLimits limits) =>
        string.Concat(RequestChoices.Choose(RequestChoices.Create(choice), [.. Candidates], limits).Select(id => id.Low >> 16));

    [Theory]
    [InlineData("shortest", "32415")]
    [InlineData("longest", "23145")]
    [InlineData("last-come", "32145")]
    [InlineData("first-waiting", "54321")]
    public void Each_choice_gives_its_order(string choice, string order)
    {
        Assert.Equal(order, Choose(choice, new MoveLimits(9)));
        Assert.Equal(order[..2], Choose(choice, new MoveLimits(2)));
    }

    [Fact]
    public void Limits_of_kind_and_blocks_are_kept()
    {
        Assert.Equal("321", Choose("shortest", new MoveLimits(9) { Kind = MoveKind.Running }));

        // Those that wait go in the order of service, whatever the choice.
        Assert.Equal("54", Choose("shortest", new MoveLimits(9) { Kind = MoveKind.Waiting }));

        // 13 blocks are taken, the 19 of the next do not fit into the 2 left, nor 4, and 1 does.
        Assert.Equal("35", Choose("shortest", new MoveLimits(9) { MaxBlocks = 15 }));

        // 13 and 19 blocks free enough.
        Assert.Equal("32", Choose("shortest", new MoveLimits(9) { EnoughBlocks = 20 }));
        Assert.Equal("3", Choose("shortest", new MoveLimits(9) { EnoughBlocks = 13 }));
    }

    [Fact]
    public void Every_choice_is_one_strict_order()
    {
        var candidate = Gen.Select(Gen.ULong[0, 3], Gen.Byte[0, 2], Gen.Long[0, 2], Gen.Int[1, 3], Gen.Bool, (id, rank, arrival, tokens, running) =>
            Candidate(id, new Priority(rank), arrival, tokens * 16, running));
        foreach (string name in RequestChoices.Names)
        {
            var choice = RequestChoices.Create(name);
            Gen.Select(candidate, candidate, candidate).Sample((a, b, c) =>
            {
                Assert.Equal(Math.Sign(choice.Compare(a, b)), -Math.Sign(choice.Compare(b, a)));
                if (choice.Compare(a, b) < 0 && choice.Compare(b, c) < 0) Assert.True(choice.Compare(a, c) < 0);
                if (a.Request != b.Request) Assert.NotEqual(0, choice.Compare(a, b));
            });
        }
    }

    [Fact]
    public void An_unknown_choice_is_told() => Assert.Contains(
        "\"any\"; there are first-waiting, last-come, longest, shortest.",
        Assert.Throws<ArgumentException>(() => RequestChoices.Create("any")).Message,
        StringComparison.Ordinal);
}
