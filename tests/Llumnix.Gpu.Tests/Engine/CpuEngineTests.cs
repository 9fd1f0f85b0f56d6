using CsCheck;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Sampling;
using Llumnix.Gpu.Tests.Execution;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Tests.Engine;

/// <summary>Real kernels under the real scheduler: tokens and log-probabilities are the same bits whatever a request shares its instance with.</summary>
public sealed class CpuEngineTests
{
    private const int Context = 80;

    private static readonly LetterTokenizer Tokenizer = new([.. Enumerable.Range(0, 77).Select(i => ((char)('a' + (i % 5))).ToString())]);

    private static OutputRules RulesOf(ModelConfig model) => new(model.VocabularySize, Context, EndTokens: [3, 11], Tokenizer);

    private static CpuModelExecutor NewExecutor(ModelConfig model, IWeightSource weights, WeightType type, int blocks, int blockSize, int threads) =>
        new(
            new ExecutorOptions
            {
                WeightType = type,
                BlockCount = blocks,
                BlockSize = blockSize,
                Threads = threads,
                MaxTokensPerStep = 512,
                MaxSamplesPerStep = 64,
            },
            model, weights);

    [Theory]
    [InlineData("llama 2", WeightType.F32)]
    [InlineData("llama 2", WeightType.BF16)]
    [InlineData("llama 3, grouped heads, scaled rotation", WeightType.BF16)]
    [InlineData("qwen 3, odd widths", WeightType.F32)]
    public void Every_request_gives_the_bits_it_gives_alone(string name, WeightType type)
    {
        ModelConfig model = TestModels.All[name];
        OutputRules rules = RulesOf(model);
        using var weights = new RandomWeights(model, 7, type);

        // Holds the shared weights from run to run.
        using CpuModelExecutor keeper = NewExecutor(model, weights, type, 1, 16, 1);
        long preempted = 0, hits = 0;
        (from requests in EngineCases.Requests(model.VocabularySize, longestPrompt: 50, most: 8)
         from blockSize in Gen.OneOf(4, 16)
         from spare in Gen.Int[0, 30]
         from maxRunning in Gen.Int[1, 16]
         from extraBudget in Gen.OneOf(0, 3, 30, 400)
         from caching in Gen.Bool
         from threads in Gen.Int[1, 2]
         select (requests: requests.ConvertAll(r => r with { Parameters = r.Parameters with { Logprobs = 3 } }), threads,
             options: new BatchSchedulerOptions
             {
                 BlockCount = (Context / blockSize) + (spare / blockSize),
                 BlockSize = blockSize,
                 MaxContext = Context,
                 MaxRunning = maxRunning,
                 TokenBudget = maxRunning + extraBudget,
                 PrefixCaching = caching,
             })).Sample(
            c =>
            {
                Dictionary<RequestId, EngineOutput> alone = EngineRun.Alone(() => NewExecutor(model, weights, type, 8, 16, 1), rules, c.requests);
                using CpuModelExecutor executor =
                    NewExecutor(model, weights, type, c.options.BlockCount, c.options.BlockSize, c.threads);
                Dictionary<RequestId, EngineOutput> together = EngineRun.Together(executor, c.options, rules, c.requests, out BatchScheduler scheduler);
                foreach (EngineRequest request in c.requests) Assert.Equal(alone[request.Id], together[request.Id]);
                preempted += scheduler.PreemptionCount;
                hits += scheduler.PrefixCacheHits;
            },
            iter: 25, threads: 1);

        Assert.True(preempted > 0, "No run preempted.");
        Assert.True(hits > 0, "No run shared a prefix.");
    }

    [Fact]
    public void Identical_greedy_prompts_in_one_batch_give_identical_bits()
    {
        ModelConfig model = TestModels.All["mistral"];
        using var weights = new RandomWeights(model, 3, WeightType.F32);
        using CpuModelExecutor executor = NewExecutor(model, weights, WeightType.F32, 200, 16, 2);
        var parameters = new SamplingParameters { Temperature = 0, MaxTokens = 40, IgnoreEos = true, Logprobs = 5 };
        List<EngineRequest> requests =
        [
            .. Enumerable.Range(1, 13).Select(i => new EngineRequest(
                new RequestId(1, (ulong)i << 16), [5, 6, 7, 8, 9], parameters, Priority.Normal, AddedAt: i)),
        ];
        BatchSchedulerOptions options = new() { BlockCount = 200, BlockSize = 16, MaxContext = Context };
        Dictionary<RequestId, EngineOutput> outputs = EngineRun.Together(executor, options, RulesOf(model), requests, out _);
        Assert.Equal(40, outputs[requests[0].Id].Tokens.Count);
        Assert.All(outputs.Values, output => Assert.Equal(outputs[requests[0].Id], output));
    }

    [Fact]
    public void Seeded_choices_of_one_prompt_differ_from_each_other_and_repeat_from_run_to_run()
    {
        ModelConfig model = TestModels.All["qwen 2"];
        using var weights = new RandomWeights(model, 3, WeightType.BF16);
        var parameters = new SamplingParameters { MaxTokens = 30, IgnoreEos = true };
        List<EngineRequest> requests =
        [
            .. Enumerable.Range(0, 6).Select(i => new EngineRequest(
                new RequestId(1, (ulong)(i + 1) << 16), [5, 6, 7], parameters with { Seed = Philox.ChoiceSeed(9, i) }, Priority.Normal, 0)),
        ];
        BatchSchedulerOptions options = new() { BlockCount = 100, BlockSize = 16, MaxContext = Context };
        Dictionary<RequestId, EngineOutput> first = Run(), second = Run();
        Assert.Equal(6, first.Values.Select(output => string.Join(' ', output.Tokens)).Distinct().Count());
        foreach (EngineRequest request in requests) Assert.Equal(first[request.Id], second[request.Id]);

        Dictionary<RequestId, EngineOutput> Run()
        {
            using CpuModelExecutor executor = NewExecutor(model, weights, WeightType.BF16, 100, 16, 1);
            return EngineRun.Together(executor, options, RulesOf(model), requests, out _);
        }
    }
}
