using System.Globalization;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Costs;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Tests.Cluster;

/// <summary>Small clusters of round figures: a prompt costs 10 ms and 1 ms a token, a decode step 20 ms.</summary>
internal static class Clusters
{
    public static LinearCostModel Cost { get; } = new()
    {
        Source = "round figures",
        PromptFixed = 10,
        PromptToken = 1,
        PromptPair = 0,
        DecodeFixed = 20,
        DecodeRequest = 0,
        DecodeToken = 0,
    };

    /// <summary>One instance, requests of no delay on their way.</summary>
    public static SimulationOptions Create(int instances = 1, int blocks = 100, ClusterPolicy? policy = null) => new()
    {
        Batching = new BatchSchedulerOptions
        {
            BlockCount = blocks,
            BlockSize = 4,
            Prefill = PrefillMode.WholePrompt,
            TokenBudget = 400,
            MaxContext = 400,
            Watermark = 0,
            PrefixCaching = false,
        },
        Cost = Cost,
        Instances = instances,
        Policy = policy ?? new ClusterPolicy { Name = "test" },
        SubmitDelay = TimeSpan.Zero,
    };

    /// <summary>Requests written as <c>arrival in ms: input+output</c>, an <c>!</c> at the end for the high class.</summary>
    public static Workload Requests(params string[] requests) => new("test", [.. requests.Select(Parse)]);

    private static WorkloadRequest Parse(string text)
    {
        var parts = text.TrimEnd('!').Split(':', '+').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return new WorkloadRequest(
            TimeSpan.FromMilliseconds(parts[0]), parts[1], parts[2], text.EndsWith('!') ? Priority.High : Priority.Normal, 0);
    }
}
