using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Tests.Execution;

public sealed class StepAllocationTests
{
    [Fact]
    public void A_step_allocates_nothing_on_the_managed_heap()
    {
        ModelConfig model = TestModels.All["llama 3, grouped heads, scaled rotation"];
        using RandomWeights weights = new(model, 7, WeightType.BF16);
        using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = 20, Threads = 2 }, model, weights);
        BatchPlan plan = new();
        plan.Add(new RequestId(0, 0), 0, 30, samples: true, [0, 1]);
        plan.Add(new RequestId(0, 1 << 16), 20, 1, samples: true, [2, 3]);
        int[] tokens = new int[31];
        for (int i = 0; i < 50; i++) executor.Execute(plan, tokens);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) executor.Execute(plan, tokens);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
