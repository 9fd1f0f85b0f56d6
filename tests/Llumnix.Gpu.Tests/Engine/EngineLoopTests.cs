using CsCheck;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Tests.Engine;

public sealed class EngineLoopTests
{
    private const int Vocabulary = 40, Context = 96;

    private static readonly LetterTokenizer Tokenizer =
        new([.. Enumerable.Range(0, Vocabulary).Select(i => ((char)('a' + (i % 5))).ToString())]);

    private static readonly OutputRules Rules = new(Vocabulary, Context, EndTokens: [3], Tokenizer);

    private static EngineRequest Request(int number, SamplingParameters parameters, params int[] prompt) =>
        new(new RequestId(9, (ulong)number << 16), prompt, parameters, Priority.Normal, 0);

    private static BatchSchedulerOptions Options(int blocks, int blockSize = 4, bool caching = true) =>
        new() { BlockCount = blocks, BlockSize = blockSize, MaxContext = Context, PrefixCaching = caching, TokenBudget = 64 };

    /// <summary>Whatever is shared, cut, preempted or cached, the tokens are those of a run alone.</summary>
    [Fact]
    public void Every_request_gives_what_it_gives_alone_whatever_the_engine_does_with_it()
    {
        long preempted = 0, hits = 0, chunked = 0;
        (from requests in EngineCases.Requests(Vocabulary, longestPrompt: 60, most: 10)
         from blockSize in Gen.OneOf(1, 4, 16)
         from spare in Gen.Int[0, 40]
         from maxRunning in Gen.Int[1, 20]
         from extraBudget in Gen.OneOf(0, 3, 30, 500)
         from caching in Gen.Bool
         from watermark in Gen.OneOf(0.0, 0.1)
         from whole in Gen.Bool
         select (requests, options: new BatchSchedulerOptions
         {
             BlockCount = ((Context + blockSize - 1) / blockSize) + (spare / blockSize),
             BlockSize = blockSize,
             MaxContext = Context,
             TokenBudget = (whole ? Context : maxRunning) + extraBudget,
             Prefill = whole ? PrefillMode.WholePrompt : PrefillMode.Chunked,
             MaxRunning = maxRunning,
             PrefixCaching = caching,
             Watermark = watermark,
         })).Sample(
            c =>
            {
                Dictionary<RequestId, EngineOutput> alone =
                    EngineRun.Alone(() => new HashingExecutor(Vocabulary, 100, 1), Rules, c.requests);
                var executor = new HashingExecutor(Vocabulary, c.options.BlockCount, c.options.BlockSize);
                Dictionary<RequestId, EngineOutput> together =
                    EngineRun.Together(executor, c.options, Rules, c.requests, out BatchScheduler scheduler);

                foreach (EngineRequest request in c.requests) Assert.Equal(alone[request.Id], together[request.Id]);
                Assert.InRange(executor.LargestStep, 1, c.options.TokenBudget);
                preempted += scheduler.PreemptionCount;
                hits += scheduler.PrefixCacheHits;
                if (c.requests.Any(request => request.Prompt.Length > c.options.TokenBudget)) chunked++;
            },
            iter: 400, threads: 1);

        // The mixes must really go through all of it.
        Assert.True(preempted > 500, $"Only {preempted} preemptions.");
        Assert.True(hits > 500, $"Only {hits} tokens from the prefix cache.");
        Assert.True(chunked > 20, $"Only {chunked} runs with chunked prompts.");
    }

    [Fact]
    public void Outputs_end_exactly_at_max_tokens_and_at_the_context()
    {
        var parameters = new SamplingParameters { IgnoreEos = true, Seed = 3 };
        EngineRequest[] requests =
        [
            Request(1, parameters with { MaxTokens = 1 }, 1, 2),
            Request(2, parameters with { MaxTokens = 17 }, 1, 2),
            Request(3, parameters with { MaxTokens = 94 }, 1, 2),
            Request(4, parameters with { MaxTokens = 5000 }, 1, 2),
            Request(5, parameters with { MaxTokens = 5000 }, new int[Context - 1]),
        ];
        var executor = new HashingExecutor(Vocabulary, 200, 4);
        Dictionary<RequestId, EngineOutput> outputs = EngineRun.Together(executor, Options(200), Rules, requests, out _);
        Assert.Equal([1, 17, 94, 94, 1], requests.Select(request => outputs[request.Id].Tokens.Count));
        Assert.All(outputs.Values, output => Assert.Equal(FinishReason.Length, output.Finish));
    }

    [Fact]
    public void A_request_fills_all_blocks_of_an_instance_to_the_last_position()
    {
        // The last token of 96 is sampled and never computed: 95 positions in 24 blocks of 4.
        var parameters = new SamplingParameters { IgnoreEos = true, MaxTokens = 5000 };
        var executor = new HashingExecutor(Vocabulary, 24, 4);
        Dictionary<RequestId, EngineOutput> outputs =
            EngineRun.Together(executor, Options(24), Rules, [Request(1, parameters, 1, 2)], out _);
        Assert.Equal(94, outputs.Values.Single().Tokens.Count);
    }

    [Fact]
    public void A_request_that_can_never_fit_is_refused_and_leaves_nothing_behind()
    {
        var loop = new EngineLoop(new HashingExecutor(Vocabulary, 23, 4), Options(23));
        var sequence = new Sequence(new RequestId(1, 0), [1, 2], new SamplingParameters { MaxTokens = 5000 }, Rules);
        AdmissionResult result = loop.Add(sequence, Priority.Normal);
        Assert.Equal(new AdmissionResult(AdmissionRefusal.NeedsMoreBlocks, 24, 23), result);
        Assert.Equal(0, loop.Count);
        Assert.Empty(loop.Step());
    }

    [Fact]
    public void The_next_turn_of_a_chat_finds_the_blocks_of_the_answer_before()
    {
        var loop = new EngineLoop(new HashingExecutor(Vocabulary, 100, 4), Options(100));
        var parameters = new SamplingParameters { IgnoreEos = true, MaxTokens = 21 };
        var first = new Sequence(new RequestId(1, 0), [1, 2, 3], parameters, Rules);
        loop.Add(first, Priority.Normal);
        while (loop.Count > 0) loop.Step();

        loop.Add(new Sequence(new RequestId(2, 0), [.. first.Tokens, 7, 8], parameters, Rules), Priority.Normal);
        loop.Step();

        // 24 tokens are known, of which the last one's KV was never computed: 5 full blocks.
        Assert.Equal(20, loop.Scheduler.PrefixCacheHits);
    }

    [Fact]
    public void A_request_taken_out_midway_and_rebuilt_in_another_engine_goes_on_with_the_same_tokens()
    {
        var parameters = new SamplingParameters
        {
            MaxTokens = 30,
            Seed = 77,
            FrequencyPenalty = 0.5f,
            RepetitionPenalty = 1.1f,
            Stop = ["abcd"],
            MinTokens = 4,
            IgnoreEos = true,
        };
        EngineRequest request = Request(1, parameters, 5, 6, 7, 8, 9, 10);
        EngineOutput expected = EngineRun.Alone(() => new HashingExecutor(Vocabulary, 100, 4), Rules, [request])[request.Id];
        for (int cut = 0; cut < expected.Tokens.Count; cut++)
        {
            var source = new EngineLoop(new HashingExecutor(Vocabulary, 30, 4), Options(30));
            source.Add(new Sequence(request.Id, request.Prompt, parameters, Rules), Priority.Normal);
            for (int step = 0; step < cut; step++) source.Step();
            Assert.True(source.Cancel(request.Id, out Sequence? taken));
            Assert.Equal(30, source.Scheduler.Blocks.FreeCount);

            var target = new EngineLoop(new HashingExecutor(Vocabulary, 40, 16), Options(40, blockSize: 16));
            var rebuilt = new Sequence(request.Id, request.Prompt, parameters, Rules, taken.Output);
            target.Add(rebuilt, Priority.Normal);
            while (target.Count > 0) target.Step();
            Assert.Equal(expected.Tokens, rebuilt.Output.ToArray());
            Assert.Equal(expected.Finish, rebuilt.Finish);
        }
    }

    [Fact]
    public void A_request_that_fails_leaves_the_others_and_its_blocks_are_free()
    {
        EngineRequest good = Request(2, new SamplingParameters { MaxTokens = 12, IgnoreEos = true, LogitBias = new Dictionary<int, float> { [13] = -100 } }, 1);
        EngineRequest bad = Request(1, good.Parameters, 13);
        var executor = new HashingExecutor(Vocabulary, 30, 4) { PoisonToken = 13 };
        Dictionary<RequestId, EngineOutput> outputs = EngineRun.Together(executor, Options(30), Rules, [bad, good], out _);
        Assert.Equal(FinishReason.Failed, outputs[bad.Id].Finish);
        Assert.Equal(12, outputs[good.Id].Tokens.Count);
    }

    [Fact]
    public void A_decode_step_without_a_prefix_cache_allocates_nothing()
    {
        var loop = new EngineLoop(new HashingExecutor(Vocabulary, 100, 4), Options(100, caching: false));
        SamplingParameters[] all = [new() { Temperature = 0 }, new(), new() { TopK = 5, TopP = 0.9f }, new() { PresencePenalty = 1 }];
        for (int i = 0; i < all.Length; i++)
        {
            loop.Add(
                new Sequence(new RequestId(1, (ulong)i << 16), [1, 2, 3], all[i] with { MaxTokens = 60, IgnoreEos = true }, Rules),
                Priority.Normal);
        }

        for (int step = 0; step < 40; step++) loop.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int tokens = 0;
        for (int step = 0; step < 15; step++) tokens += loop.Step().Count;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(60, tokens);
    }

    [Fact]
    public void Options_that_do_not_fit_the_executor_are_refused() =>
        Assert.Contains("31 blocks of 4 tokens, but the executor has 30 of 4", Assert.Throws<ArgumentException>(
            () => new EngineLoop(new HashingExecutor(Vocabulary, 30, 4), Options(31))).Message, StringComparison.Ordinal);
}
