using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Tests.Engine;

public sealed class StepRunnerTests
{
    private const int Vocabulary = 50;

    private static readonly OutputRules Rules = new(Vocabulary, 100, EndTokens: [], new LetterTokenizer("a"));

    private static readonly SamplingParameters Greedy = new() { Temperature = 0, MaxTokens = 3 };

    private static RequestId Id(int number) => RequestId.FromRandomBits(0, (ulong)number << 16);

    private static Sequence NewSequence(int number, params int[] prompt) => new(Id(number), prompt, Greedy, Rules);

    private static BatchPlan Plan(params (int Number, int Start, int Count, bool Samples, int[] Blocks)[] items)
    {
        var plan = new BatchPlan();
        foreach ((int number, int start, int count, bool samples, int[] blocks) in items) plan.Add(Id(number), start, count, samples, blocks);
        return plan;
    }

    [Fact]
    public void Each_row_extends_its_own_sequence_whatever_else_is_in_the_step()
    {
        var alone = new StepRunner(new HashingExecutor(Vocabulary, 8, 4));
        alone.Add(NewSequence(1, 7, 8, 9));
        SampledToken expected = Assert.Single(alone.Run(Plan((1, 0, 3, true, [5]))));

        var together = new StepRunner(new HashingExecutor(Vocabulary, 8, 4));
        Sequence chunked = NewSequence(2, 1, 2, 3, 4, 5, 6), first = NewSequence(1, 7, 8, 9), second = NewSequence(3, 7, 8, 9);
        foreach (Sequence sequence in new[] { chunked, first, second }) together.Add(sequence);
        IReadOnlyList<SampledToken> sampled = together.Run(Plan((2, 0, 4, false, [0]), (3, 0, 3, true, [2]), (1, 0, 3, true, [7])));

        Assert.Equal([expected with { Id = Id(3) }, expected], sampled);
        Assert.Equal([7, 8, 9, expected.Token], first.Tokens.ToArray());
        Assert.Equal(0, chunked.OutputLength);
        Assert.Equal(Id(2), Assert.Single(together.Run(Plan((2, 4, 2, true, [0, 1])))).Id);
    }

    [Fact]
    public void Indexes_rise_and_the_last_token_says_why_it_is_the_last()
    {
        var runner = new StepRunner(new HashingExecutor(Vocabulary, 8, 4));
        runner.Add(NewSequence(1, 7));
        List<SampledToken> all = [];
        for (int i = 0; i < 3; i++) all.AddRange(runner.Run(Plan((1, i, 1, true, [0]))));
        Assert.Equal([0, 1, 2], all.Select(token => token.Index));
        Assert.Equal([FinishReason.None, FinishReason.None, FinishReason.Length], all.Select(token => token.Finish));
        Assert.Throws<ArgumentException>(() => runner.Run(Plan((1, 3, 1, true, [0]))));
        Assert.True(runner.Remove(Id(1), out _));
        Assert.Equal(0, runner.Count);
    }

    [Fact]
    public void A_request_whose_logits_are_no_numbers_fails_alone()
    {
        var runner = new StepRunner(new HashingExecutor(Vocabulary, 8, 4) { PoisonToken = 13 });
        runner.Add(NewSequence(1, 13));
        runner.Add(NewSequence(2, 12));
        IReadOnlyList<SampledToken> sampled = runner.Run(Plan((1, 0, 1, true, [0]), (2, 0, 1, true, [1])));
        Assert.Equal(new SampledToken(Id(1), 0, Sampler.NoToken, FinishReason.Failed, null), sampled[0]);
        Assert.Equal(FinishReason.None, sampled[1].Finish);
        Assert.InRange(sampled[1].Token, 0, Vocabulary - 1);
    }

    [Fact]
    public void A_plan_that_does_not_fit_the_sequences_is_refused_with_its_numbers()
    {
        var runner = new StepRunner(new HashingExecutor(Vocabulary, 8, 4));
        runner.Add(NewSequence(1, 7, 8, 9));
        Assert.Contains("not held", Refusal((2, 0, 1, true, [0])), StringComparison.Ordinal);
        Assert.Contains("positions 0 to 3", Refusal((1, 0, 4, true, [0])), StringComparison.Ordinal);
        Assert.Contains("does not sample, but the request has 3 tokens", Refusal((1, 0, 3, false, [0])), StringComparison.Ordinal);
        Assert.Contains("positions 0 to 1", Refusal((1, 0, 2, true, [0])), StringComparison.Ordinal);

        string Refusal((int, int, int, bool, int[]) item) => Assert.Throws<ArgumentException>(() => runner.Run(Plan(item))).Message;
    }

    [Fact]
    public void An_id_stands_for_one_sequence_that_has_not_ended()
    {
        var runner = new StepRunner(new HashingExecutor(Vocabulary, 8, 4));
        runner.Add(NewSequence(1, 7));
        Assert.Throws<ArgumentException>(() => runner.Add(NewSequence(1, 7)));
        Assert.Throws<ArgumentException>(() => runner.Add(new Sequence(Id(2), [1], Greedy, Rules, [1, 2, 3])));
    }

    [Fact]
    public void An_empty_plan_does_nothing() => Assert.Empty(new StepRunner(new HashingExecutor(Vocabulary, 8, 4)).Run(new BatchPlan()));
}
