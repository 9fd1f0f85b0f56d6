using CsCheck;
using Llumnix.Gpu.Sampling;

namespace Llumnix.Gpu.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly int[] EndTokens = [2];

    private static float[] RandomLogits(int seed, int count, double spread)
    {
        var random = new Random(seed);
        float[] logits = new float[count];
        for (int i = 0; i < count; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            logits[i] = (float)(normal * spread);
        }

        return logits;
    }

    private static SamplingState State(SamplingParameters parameters, IReadOnlyList<int> prompt, IReadOnlyList<int> output)
    {
        var state = new SamplingState(parameters, [.. prompt], EndTokens);
        foreach (int token in output) state.Append(token);
        return state;
    }

    private static int Sample(float[] logits, SamplingParameters parameters, int index = 0)
    {
        var state = new SamplingState(parameters, [1], EndTokens);
        for (int i = 0; i < index; i++) state.Append(0);
        return new Sampler(logits.Length).Sample([.. logits], state, out _);
    }

    private static readonly Gen<SamplingParameters> AnyParameters =
        from temperature in Gen.OneOf(0f, 0.3f, 0.7f, 1f, 1.8f)
        from topK in Gen.OneOf(-1, 0, 1, 2, 7, 40, 1_000_000)
        from topP in Gen.OneOf(1f, 0.95f, 0.5f, 0.01f)
        from minP in Gen.OneOf(0f, 0f, 0.02f, 0.3f, 1f)
        from repetition in Gen.OneOf(1f, 1f, 1.3f, 0.8f)
        from presence in Gen.OneOf(0f, 0f, 0.7f, -1f)
        from frequency in Gen.OneOf(0f, 0f, 0.4f, -0.5f)
        from minTokens in Gen.OneOf(0, 0, 3, 12)
        from ignoreEos in Gen.Bool
        from biases in Gen.Dictionary(Gen.Int[0, 60], Gen.Float[-6, 6])[0, 4]
        from seed in Gen.ULong
        select new SamplingParameters
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            MinP = minP,
            RepetitionPenalty = repetition,
            PresencePenalty = presence,
            FrequencyPenalty = frequency,
            MinTokens = minTokens,
            IgnoreEos = ignoreEos,
            LogitBias = biases,
            Seed = seed,
            MaxTokens = 64,
            StopTokenIds = [5, 9],
        };

    [Fact]
    public void Every_choice_is_the_one_the_plain_definitions_give()
    {
        var cases =
            from parameters in AnyParameters
            from size in Gen.Int[61, 700]
            from spread in Gen.OneOf(0.05, 1.0, 4.0, 15.0)
            from seed in Gen.Int
            from prompt in Gen.Int[0, 60].List[1, 12]
            from output in Gen.Int[0, 60].List[0, 20]
            select (parameters, logits: RandomLogits(seed, size, spread), prompt, output);
        cases.Sample(
            c =>
            {
                int token = new Sampler(c.logits.Length).Sample([.. c.logits], State(c.parameters, c.prompt, c.output), out _);

                double[] altered = PlainSampling.Altered(c.logits, c.parameters, c.prompt, c.output, EndTokens);
                if (c.parameters.Temperature == 0) return altered[token] >= altered.Max() - 1e-5;
                double uniform = Philox.Uniform(c.parameters.Seed, c.output.Count);
                double[] slacks = [0, 2e-5, -2e-5];
                return slacks.Any(slack =>
                    PlainSampling.Draws(PlainSampling.Probabilities(altered, c.parameters, slack), uniform, token));
            },
            iter: 4000, threads: 1);
    }

    [Theory]
    [InlineData(1f, 0, 1f, 0f)]
    [InlineData(0.7f, 0, 1f, 0f)]
    [InlineData(1.5f, 12, 1f, 0f)]
    [InlineData(1f, 0, 0.8f, 0f)]
    [InlineData(1f, 20, 0.9f, 0.05f)]
    public void Tokens_come_as_often_as_their_probabilities_say(float temperature, int topK, float topP, float minP)
    {
        const int Draws = 40_000;
        float[] logits = RandomLogits(3, 37, 1.2);
        var parameters = new SamplingParameters { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
        var sampler = new Sampler(logits.Length);
        int[] observed = new int[logits.Length];
        for (int i = 0; i < Draws; i++)
        {
            var state = new SamplingState(parameters with { Seed = (ulong)i }, [], EndTokens);
            observed[sampler.Sample(logits, state, out _)]++;
        }

        double[] probabilities = PlainSampling.Probabilities([.. logits.Select(x => (double)x)], parameters);
        double[] expected = [.. probabilities.Select(p => p * Draws)];
        Assert.InRange(ChiSquare.Statistic(observed, expected), 0, ChiSquare.Limit(probabilities.Count(p => p > 0) - 1));
    }

    [Fact]
    public void Known_tokens_come_for_known_seeds()
    {
        // Computed by an independent implementation.
        float[] logits = [.. Enumerable.Range(0, 101).Select(i => i * 37 % 101 / 20f)];
        var parameters = new SamplingParameters { Temperature = 0.75f, Seed = 42 };
        int[] plain = [49, 30, 65, 67, 87, 30, 76, 39, 16, 38, 65, 46, 19, 49, 73, 35];
        int[] filtered = [49, 30, 65, 68, 87, 30, 76, 43, 19, 38, 65, 46, 19, 49, 76, 35];
        Assert.Equal(plain, Enumerable.Range(0, 16).Select(i => Sample(logits, parameters, i)));
        Assert.Equal(filtered, Enumerable.Range(0, 16).Select(i => Sample(logits, parameters with { TopK = 40, TopP = 0.875f }, i)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-6f)]
    public void Greedy_takes_the_likeliest_and_of_equal_ones_the_lowest_id(float temperature)
    {
        var greedy = new SamplingParameters { Temperature = temperature };
        for (int first = 0; first < 70; first++)
        {
            float[] logits = new float[103];
            logits[first] = logits[first + 3] = logits[102] = 1.5f;
            Assert.Equal(first, Sample(logits, greedy));
        }
    }

    [Fact]
    public void Among_equal_tokens_top_k_keeps_the_lowest_ids()
    {
        float[] logits = new float[5000];
        int[] drawn = [.. Enumerable.Range(0, 400).Select(i => Sample(logits, new SamplingParameters { TopK = 3, Seed = (ulong)i }))];
        Assert.Equal([0, 1, 2], drawn.Distinct().Order());
    }

    [Fact]
    public void Top_k_keeps_no_token_more_where_exactly_k_stand_out()
    {
        // The others weigh just under 2^-6, the first border tried, so that the count there is k itself.
        float[] logits = [.. Enumerable.Repeat(-4.2f, 1000)];
        logits[700] = 0;
        Assert.All(
            Enumerable.Range(0, 3000), seed => Assert.Equal(700, Sample(logits, new SamplingParameters { TopK = 1, Seed = (ulong)seed })));
    }

    [Fact]
    public void Among_equal_tokens_top_p_keeps_the_lowest_ids()
    {
        // Seven likely tokens hold under a thousandth: a hundredth of the mass takes about a hundredth of the equal rest.
        float[] logits = new float[10_000];
        for (int i = 0; i < 7; i++) logits[^(i + 1)] = 0.1f;
        double mass = 0.01 * ((7 * Math.Exp(0)) + (9993 * Math.Exp(-0.1)));
        int rest = (int)Math.Ceiling((mass - 7) / Math.Exp(-0.1));
        int[] drawn =
            [.. Enumerable.Range(0, 4000).Select(i => Sample(logits, new SamplingParameters { TopP = 0.01f, Seed = (ulong)i })).Distinct().Order()];
        Assert.Equal([.. Enumerable.Range(0, rest), .. Enumerable.Range(9993, 7)], drawn);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(3.0)]
    public void Top_p_and_top_k_of_a_vocabulary_of_130_thousand_keep_what_a_full_sort_keeps(double spread)
    {
        float[] logits = RandomLogits(11, 130_001, spread);
        double[] altered = [.. logits.Select(x => (double)x)];
        var sampler = new Sampler(logits.Length);
        SamplingParameters[] filters =
        [
            new() { TopP = 0.9f }, new() { TopK = 5000 }, new() { TopK = 60_000, TopP = 0.97f }, new() { TopK = 50, TopP = 0.5f, MinP = 0.1f },
        ];
        foreach (SamplingParameters filter in filters)
        {
            double[] probabilities = PlainSampling.Probabilities(altered, filter);
            double[] running = new double[probabilities.Length + 1];
            for (int i = 0; i < probabilities.Length; i++) running[i + 1] = running[i] + probabilities[i];
            for (int seed = 0; seed < 40; seed++)
            {
                SamplingParameters parameters = filter with { Seed = (ulong)seed };
                int token = sampler.Sample(logits, new SamplingState(parameters, [], []), out _);
                double uniform = Philox.Uniform(parameters.Seed, 0);
                Assert.InRange(uniform, running[token] - 1e-4, running[token + 1] + 1e-4);
                Assert.True(probabilities[token] > 0, $"Token {token} is not among those kept by {filter}.");
            }
        }
    }

    [Fact]
    public void What_a_sampler_did_before_does_not_change_a_choice()
    {
        var shared = new Sampler(2000);
        (from parameters in AnyParameters
         from seed in Gen.Int
         from spread in Gen.OneOf(0.3, 5.0)
         select (parameters: parameters with { Logprobs = 5 }, logits: RandomLogits(seed, 2000, spread))).Sample(
            c =>
            {
                int token = shared.Sample([.. c.logits], State(c.parameters, [3, 4, 4], [7, 7, 8]), out TokenLogprobs? logprobs);
                int fresh = new Sampler(2000).Sample([.. c.logits], State(c.parameters, [3, 4, 4], [7, 7, 8]), out TokenLogprobs? freshLogprobs);
                Assert.Equal(fresh, token);
                Assert.Equal(freshLogprobs!.Logprob, logprobs!.Logprob);
                Assert.Equal(freshLogprobs.TopLogprobs, logprobs.TopLogprobs);
            },
            iter: 300, threads: 1);
    }

    [Fact]
    public void Logprobs_are_those_of_the_raw_logits_whatever_bias_penalties_and_filters_do()
    {
        float[] logits = RandomLogits(5, 777, 2);
        var parameters = new SamplingParameters
        {
            Logprobs = 20,
            TopK = 1,
            Temperature = 0.4f,
            RepetitionPenalty = 1.5f,
            LogitBias = new Dictionary<int, float> { [123] = 100 },
        };
        int token = new Sampler(logits.Length).Sample([.. logits], State(parameters, [1, 2, 3], [123, 4]), out TokenLogprobs? reported);

        double normalizer = Math.Log(logits.Sum(x => Math.Exp(x)));
        int[] likeliest = [.. Enumerable.Range(0, logits.Length).OrderByDescending(t => logits[t]).ThenBy(t => t).Take(20)];
        Assert.Equal(123, token);
        Assert.Equal(logits[123] - normalizer, reported!.Logprob, 1e-5);
        Assert.Equal(likeliest, reported.TopTokens);
        Assert.All(likeliest.Zip(reported.TopLogprobs), pair => Assert.Equal(logits[pair.First] - normalizer, pair.Second, 1e-5));
    }

    [Fact]
    public void Of_equally_likely_tokens_the_lowest_ids_are_reported_first()
    {
        float[] logits = new float[100];
        logits[50] = 1;
        new Sampler(100).Sample(logits, State(new SamplingParameters { Logprobs = 4 }, [1], []), out TokenLogprobs? reported);
        Assert.Equal([50, 0, 1, 2], reported!.TopTokens);
    }

    [Fact]
    public void Logprobs_are_reported_only_where_asked_for_and_zero_asks_for_the_chosen_token_alone()
    {
        float[] logits = RandomLogits(1, 50, 1);
        new Sampler(50).Sample(logits, State(new SamplingParameters(), [1], []), out TokenLogprobs? none);
        new Sampler(50).Sample(logits, State(new SamplingParameters { Logprobs = 0 }, [1], []), out TokenLogprobs? chosenOnly);
        Assert.Null(none);
        Assert.Empty(chosenOnly!.TopTokens);
        Assert.InRange(chosenOnly.Logprob, -20, -1e-3);
    }

    [Fact]
    public void Stop_tokens_cannot_be_chosen_before_min_tokens()
    {
        float[] logits = new float[40];
        logits[2] = 9;
        logits[5] = 8;
        logits[7] = 7;
        var parameters = new SamplingParameters { Temperature = 0, MinTokens = 2, StopTokenIds = [5] };
        Assert.Equal(7, Sample(logits, parameters, 0));
        Assert.Equal(7, Sample(logits, parameters, 1));
        Assert.Equal(2, Sample(logits, parameters, 2));
        Assert.Equal(2, Sample(logits, parameters with { IgnoreEos = true }, 0));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_no_numbers_give_no_token(float broken)
    {
        float[] logits = RandomLogits(1, 300, 1);
        logits[170] = broken;
        Assert.Equal(Sampler.NoToken, Sample(logits, new SamplingParameters { Temperature = 0 }));
        Assert.Equal(Sampler.NoToken, Sample(logits, new SamplingParameters { TopP = 0.5f }));
    }

    [Fact]
    public void Logits_that_are_all_masked_give_no_token() =>
        Assert.Equal(Sampler.NoToken, Sample(
            new float[30], new SamplingParameters { MinTokens = 1, StopTokenIds = [.. Enumerable.Range(0, 30)] }));

    [Fact]
    public void Choosing_a_token_allocates_nothing()
    {
        float[] logits = RandomLogits(9, 32_000, 0.1);
        SamplingParameters[] all =
        [
            new() { Temperature = 0 }, new(), new() { TopK = 50 }, new() { TopP = 0.9f, RepetitionPenalty = 1.1f, PresencePenalty = 0.1f },
        ];
        var sampler = new Sampler(logits.Length);
        SamplingState[] states = [.. all.Select(p => State(p, [1, 2, 3], [4, 5]))];
        foreach (SamplingState state in states) sampler.Sample(logits, state, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (SamplingState state in states) sampler.Sample(logits, state, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_row_of_another_length_and_a_vocabulary_beyond_exact_sums_are_refused()
    {
        var state = new SamplingState(new SamplingParameters(), [1], []);
        Assert.Contains("100 logits is needed, not 99",
            Assert.Throws<ArgumentException>(() => new Sampler(100).Sample(new float[99], state, out _)).Message, StringComparison.Ordinal);
        Assert.Contains("262144",
            Assert.Throws<ArgumentOutOfRangeException>(() => new Sampler(262_145)).Message, StringComparison.Ordinal);
    }
}
