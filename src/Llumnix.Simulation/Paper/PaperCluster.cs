using Llumnix.Scheduling.Batching;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Costs;

namespace Llumnix.Simulation.Paper;

/// <summary>The cluster of the Llumnix paper: 16 instances of LLaMA-7B, each on an A10, four to a machine, with the engine of vLLM 0.2.</summary>
public static class PaperCluster
{
    /// <summary>Tokens of KV memory of an instance.</summary>
    public const int KvTokens = 13_616;

    /// <summary>It, with a policy.</summary>
    public static SimulationOptions Create(ClusterPolicy policy) => new()
    {
        Batching = new BatchSchedulerOptions
        {
            BlockCount = KvTokens / 16,
            BlockSize = 16,
            Prefill = PrefillMode.WholePrompt,
            TokenBudget = KvTokens,
            MaxContext = KvTokens,
            MaxRunning = 256,
            MaxWaiting = int.MaxValue,
            Watermark = 0.01,
            PrefixCaching = false,
        },
        Cost = CostModels.A10,
        Policy = policy,
    };
}
