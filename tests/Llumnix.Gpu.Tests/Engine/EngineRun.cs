using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Tests.Engine;

/// <summary>Runs requests through the bare engine and collects what they give.</summary>
internal static class EngineRun
{
    /// <summary>All requests in one engine; they join at their steps.</summary>
    public static Dictionary<RequestId, EngineOutput> Together(
        IModelExecutor executor, BatchSchedulerOptions options, OutputRules rules, IReadOnlyList<EngineRequest> requests, out BatchScheduler scheduler)
    {
        var loop = new EngineLoop(executor, options);
        scheduler = loop.Scheduler;
        Dictionary<RequestId, EngineOutput> outputs = requests.ToDictionary(request => request.Id, _ => new EngineOutput());
        int pending = requests.Count;
        for (int step = 0; pending > 0 || loop.Count > 0; step++)
        {
            Assert.True(step < 20_000, "The engine does not come to an end.");
            foreach (EngineRequest request in requests.Where(request => request.AddedAt == step))
            {
                AdmissionResult result = loop.Add(new Sequence(request.Id, request.Prompt, request.Parameters, rules), request.Priority);
                Assert.True(result.IsAccepted, result.ToString());
                pending--;
            }

            foreach (SampledToken token in loop.Step())
            {
                EngineOutput output = outputs[token.Id];
                Assert.Equal(output.Tokens.Count, token.Index);
                output.Tokens.Add(token.Token);
                output.Logprobs.Add(token.Logprobs);
                output.Finish = token.Finish;
            }
        }

        Assert.Equal(options.BlockCount, loop.Scheduler.Blocks.FreeCount);
        return outputs;
    }

    /// <summary>Each request in an engine of its own: nothing shared, nothing cut.</summary>
    public static Dictionary<RequestId, EngineOutput> Alone(
        Func<IModelExecutor> newExecutor, OutputRules rules, IReadOnlyList<EngineRequest> requests)
    {
        var outputs = new Dictionary<RequestId, EngineOutput>();
        foreach (EngineRequest request in requests)
        {
            using IModelExecutor executor = newExecutor();
            BatchSchedulerOptions options = new()
            {
                BlockCount = executor.Kv.Blocks,
                BlockSize = executor.Kv.BlockSize,
                MaxContext = rules.MaxContext,
                PrefixCaching = false,
            };
            EngineRequest now = request with { AddedAt = 0 };
            outputs[request.Id] = Together(executor, options, rules, [now], out _)[request.Id];
        }

        return outputs;
    }
}
