using CsCheck;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Tests.Engine;

public sealed class SequenceTests
{
    private static readonly RequestId Id = RequestId.FromRandomBits(1, 1 << 16);

    private static readonly LetterTokenizer Tokenizer = new("a", "b", "c", "ab", "cab", "b\\", null, "ba");

    private static readonly OutputRules Rules = new(8, 40, EndTokens: [6], Tokenizer);

    private static readonly int[] Prompt = [0, 1, 2, 3];

    private static (FinishReason Finish, int Length, string Text) Generate(SamplingParameters parameters, params int[] tokens)
    {
        var sequence = new Sequence(Id, Prompt, parameters, Rules);
        var text = new OutputText(parameters, Rules);
        string seen = "";
        foreach (int token in tokens)
        {
            FinishReason finish = sequence.Append(token);
            seen += text.Append(token, finish);
            if (finish != FinishReason.None) break;
        }

        return (sequence.Finish, sequence.OutputLength, seen + text.Finish());
    }

    [Fact]
    public void An_output_ends_with_the_models_end_token_which_gives_no_text()
    {
        Assert.Equal((FinishReason.Stop, 3, "ab"), Generate(new SamplingParameters(), 0, 1, 6, 2));
        Assert.Equal((FinishReason.None, 4, "abc"), Generate(new SamplingParameters { IgnoreEos = true }, 0, 1, 6, 2));
    }

    [Fact]
    public void An_output_ends_with_a_stop_token_whose_text_is_cut_off_unless_included()
    {
        var parameters = new SamplingParameters { StopTokenIds = [4] };
        Assert.Equal((FinishReason.Stop, 2, "a"), Generate(parameters, 0, 4, 1));
        Assert.Equal((FinishReason.Stop, 2, "acab"), Generate(parameters with { IncludeStop = true }, 0, 4, 1));
        Assert.Equal((FinishReason.Stop, 2, "a"), Generate(parameters with { IgnoreEos = true }, 0, 4, 1));
    }

    [Fact]
    public void An_output_ends_with_the_token_that_completes_a_stop_string()
    {
        var parameters = new SamplingParameters { Stop = ["bc"] };
        Assert.Equal((FinishReason.Stop, 3, "aa"), Generate(parameters, 0, 3, 4, 2));
        Assert.Equal((FinishReason.Stop, 3, "aabc"), Generate(parameters with { IncludeStop = true }, 0, 3, 4, 2));
        Assert.Equal((FinishReason.None, 2, "aab"), Generate(parameters, 0, 3));
    }

    [Fact]
    public void Nothing_but_the_limit_ends_an_output_before_min_tokens()
    {
        var parameters = new SamplingParameters { MinTokens = 3, StopTokenIds = [4], Stop = ["ab"], MaxTokens = 6 };
        Assert.Equal((FinishReason.Stop, 4, "cabab"), Generate(parameters, 4, 3, 6, 4));
        Assert.Equal((FinishReason.Stop, 5, "abab"), Generate(parameters, 3, 3, 6, 0, 1));
        Assert.Equal((FinishReason.Length, 6, "ababbaa"), Generate(parameters, 3, 3, 6, 1, 0, 0));
        Assert.Equal((FinishReason.Stop, 4, "ab"), Generate(parameters, 0, 1, 0, 1));
    }

    [Fact]
    public void An_output_ends_at_max_tokens_with_all_its_text()
    {
        Assert.Equal((FinishReason.Length, 2, "aa"), Generate(new SamplingParameters { MaxTokens = 2, Stop = ["ab"] }, 0, 0, 1));
        Assert.Equal((FinishReason.Length, 1, "a"), Generate(new SamplingParameters { MaxTokens = 1, Stop = ["ab"] }, 0));
    }

    [Fact]
    public void A_token_that_stops_at_the_limit_counts_as_a_stop()
    {
        Assert.Equal((FinishReason.Stop, 2, "a"), Generate(new SamplingParameters { MaxTokens = 2 }, 0, 6));
        Assert.Equal((FinishReason.Stop, 2, ""), Generate(new SamplingParameters { MaxTokens = 2, Stop = ["ab"] }, 0, 1));
    }

    [Fact]
    public void An_output_ends_when_prompt_and_output_fill_the_context()
    {
        int[] tokens = [.. Enumerable.Repeat(0, 50)];
        Assert.Equal((FinishReason.Length, 36, new string('a', 36)), Generate(new SamplingParameters { MaxTokens = 1000 }, tokens));
        Assert.Equal((FinishReason.Length, 36, new string('a', 36)), Generate(new SamplingParameters { MaxTokens = int.MaxValue }, tokens));
    }

    [Fact]
    public void The_incomplete_character_at_the_end_is_shown_and_ends_nothing() =>
        Assert.Equal((FinishReason.Length, 2, "ab\uFFFD"), Generate(new SamplingParameters { MaxTokens = 2, Stop = ["\uFFFD"] }, 0, 5));

    [Fact]
    public void The_text_ends_exactly_where_the_instance_ended_the_output() =>
        (from tokens in Gen.Int[0, 7].Array[1, 60]
         from stops in Gen.Char["abcé"].Array[1, 4].Select(c => new string(c)).Array[0, 3]
         from include in Gen.Bool
         from minTokens in Gen.Int[0, 8]
         from maxTokens in Gen.Int[8, 60]
         select (tokens, parameters: new SamplingParameters { Stop = stops, IncludeStop = include, MinTokens = minTokens, MaxTokens = maxTokens }))
        .Sample(
            c =>
            {
                (FinishReason finish, int length, string text) = Generate(c.parameters, c.tokens);

                // What the whole text is, and what of it comes from the tokens that may end it.
                bool endToken = finish == FinishReason.Stop && c.tokens[length - 1] == 6;
                string all = Tokenizer.Decode(c.tokens.AsSpan(0, length));
                string[] found = [.. c.parameters.Stop.Where(stop => all.Contains(stop, StringComparison.Ordinal))];
                if (finish != FinishReason.Stop || endToken)
                {
                    Assert.Equal(all, text);
                    if (c.parameters.MinTokens == 0) Assert.Empty(found);
                    return;
                }

                Assert.NotEmpty(found);
                Assert.StartsWith(text, all, StringComparison.Ordinal);
                Assert.Contains(c.parameters.Stop, stop => c.parameters.IncludeStop
                    ? text.EndsWith(stop, StringComparison.Ordinal)
                    : all.AsSpan(text.Length).StartsWith(stop, StringComparison.Ordinal));
                if (c.parameters.MinTokens > 0) return;
                string before = Tokenizer.Decode(c.tokens.AsSpan(0, length - 1));
                Assert.DoesNotContain(c.parameters.Stop, stop => before.Contains(stop, StringComparison.Ordinal));
            },
            iter: 3000, threads: 1);

    [Fact]
    public void A_sequence_rebuilt_from_its_output_so_far_goes_on_as_the_first_would() =>
        (from tokens in Gen.Int[0, 5].Array[1, 30]
         from cut in Gen.Int[0, 29]
         from stops in Gen.Char["abc"].Array[2, 5].Select(c => new string(c)).Array[0, 2]
         select (tokens, cut: Math.Min(cut, tokens.Length), stops)).Sample(
            c =>
            {
                var parameters = new SamplingParameters
                {
                    Stop = c.stops,
                    MinTokens = 2,
                    MaxTokens = 25,
                    Temperature = 0.8f,
                    FrequencyPenalty = 1.5f,
                    RepetitionPenalty = 1.4f,
                    Seed = 5,
                };
                var first = new Sequence(Id, Prompt, parameters, Rules);
                int taken = 0;
                while (taken < c.tokens.Length && first.Finish == FinishReason.None) first.Append(c.tokens[taken++]);
                int cut = Math.Min(c.cut, taken);
                var rebuilt = new Sequence(Id, Prompt, parameters, Rules, c.tokens.AsSpan(0, cut));
                foreach (int token in c.tokens.AsSpan(cut, taken - cut)) rebuilt.Append(token);

                Assert.Equal(first.Finish, rebuilt.Finish);
                Assert.Equal(first.Tokens.ToArray(), rebuilt.Tokens.ToArray());
                var sampler = new Sampler(8);
                float[] logits = [.. Enumerable.Range(0, 8).Select(i => i * 0.3f)];
                int expected = sampler.Sample([.. logits], first.Sampling, out _);
                Assert.Equal(expected, sampler.Sample([.. logits], rebuilt.Sampling, out _));
            },
            iter: 1000, threads: 1);

    [Fact]
    public void A_sequence_that_ended_takes_no_further_token()
    {
        var sequence = new Sequence(Id, Prompt, new SamplingParameters { MaxTokens = 1 }, Rules);
        sequence.Append(0);
        Assert.Throws<InvalidOperationException>(() => sequence.Append(0));
    }

    [Theory]
    [InlineData(0, "prompt has no tokens, but must have at least 1.")]
    [InlineData(40, "prompt has 40 tokens, but this model's context of 40 leaves room for at most 39 and an output.")]
    public void A_prompt_that_does_not_fit_is_refused(int length, string sentence)
    {
        Assert.Equal(sentence, Rules.Validate(new int[length]));
        Assert.Contains(sentence, Assert.Throws<ArgumentException>(
            () => new Sequence(Id, new int[length], new SamplingParameters(), Rules)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_with_a_token_beyond_the_vocabulary_is_refused()
    {
        Assert.Equal("prompt holds token 8, but this model's tokens are 0 to 7.", Rules.Validate([1, 8]));
        Assert.Null(Rules.Validate(new int[39]));
    }
}
