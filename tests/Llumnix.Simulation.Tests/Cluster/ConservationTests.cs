using System.Globalization;
using CsCheck;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Dispatch;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Rebalance;
using Llumnix.Scheduling.Scaling;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Paper;
using Llumnix.Simulation.Results;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Tests.Cluster;

/// <summary>Random small clusters under random loads: nothing is lost, doubled, leaked or stuck, and a run can be repeated.</summary>
public sealed class ConservationTests
{
    private static readonly int Cases =
        int.TryParse(Environment.GetEnvironmentVariable("LLUMNIX_SIMULATION_CASES"), CultureInfo.InvariantCulture, out int cases) ? cases : 400;

    private static readonly Gen<SimulationOptions> Options =
        from blocks in Gen.Int[12, 60]
        from running in Gen.Int[1, 8]
        from waiting in Gen.OneOf(2, 1000)
        from whole in Gen.Bool
        from caching in Gen.Bool
        from instances in Gen.Int[1, 5]
        from dispatch in Gen.OneOf<string>([.. DispatchPolicies.Names])
        from view in Gen.OneOf(ViewOptions.Immediate, ViewOptions.Default, ViewOptions.SecondOld)
        from rebalance in Gen.OneOf<string>([.. RebalancePolicies.Names])
        from thresholds in Gen.Select(Gen.Double[-10, 30], Gen.Double[0, 20])
        from perPair in Gen.Int[1, 3]
        from choice in Gen.OneOf<string>([.. RequestChoices.Names])
        from scaling in Gen.OneOf<string>([.. ScalingPolicies.Names])
        from method in Gen.Enum<MigrationMethod>()
        from bandwidth in Gen.OneOf(1e4, 1e6)
        from dispatchers in Gen.Int[1, 3]
        from seed in Gen.ULong
        select new SimulationOptions
        {
            Batching = new BatchSchedulerOptions
            {
                BlockCount = blocks,
                BlockSize = 4,
                MaxRunning = running,
                MaxWaiting = waiting,
                TokenBudget = whole ? 300 : running + 20,
                Prefill = whole ? PrefillMode.WholePrompt : PrefillMode.Chunked,
                MaxContext = 300,
                Watermark = 0.05,
                PrefixCaching = caching,
            },
            Cost = Clusters.Cost,
            Instances = instances,
            InstancesPerNode = 2,
            Dispatchers = dispatchers,
            Seed = seed,
            Method = method,
            Links = new LinkOptions { KvBytesPerToken = 100, LinkBandwidth = bandwidth, NodeBandwidth = bandwidth * 1.5 },
            StartTime = TimeSpan.FromSeconds(0.3),
            Policy = new ClusterPolicy
            {
                Name = "random",
                Dispatch = dispatch,
                DispatchView = view,
                Rebalance = rebalance,
                RebalanceInterval = TimeSpan.FromMilliseconds(50),
                RebalanceOptions = new RebalancePolicyOptions
                {
                    // Recomputed over and over a request would never end: then only draining instances are sources.
                    SourceBelow = method == MigrationMethod.Recompute ? double.MinValue : thresholds.Item1,
                    DestinationAbove = thresholds.Item1 + thresholds.Item2,
                    RequestsPerPair = perPair,
                },
                RequestChoice = choice,
                Scaling = scaling,
                ScalingInterval = TimeSpan.FromSeconds(0.1),
                ScalingOptions = new ScalingPolicyOptions
                {
                    MinInstances = 1,
                    MaxInstances = 6,
                    ScaleUpBelow = 5,
                    ScaleDownAbove = 12,
                    ScaleUpAfter = TimeSpan.FromSeconds(0.2),
                    ScaleDownAfter = TimeSpan.FromSeconds(0.4),
                    ScaleUpCoolDown = TimeSpan.FromSeconds(0.2),
                    ScaleDownCoolDown = TimeSpan.FromSeconds(0.4),
                },
                Headrooms = new Headrooms(3, 0, 0),
            },
        };

    private static readonly Gen<Workload> Workloads =
        Gen.Select(Gen.Int[0, 400], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[0, 2], Gen.Int[0, 3]).Array[1, 60].Select(requests =>
        {
            int arrival = 0;
            return new Workload("random", [.. requests.Select(request => new WorkloadRequest(
                TimeSpan.FromMilliseconds(arrival += request.Item1), request.Item2, request.Item3, new Priority((byte)request.Item4), 0)
            {
                PrefixBlocks = [.. Enumerable.Range(0, request.Item2 / 8).Select(block => (request.Item5 * 100) + block)],
            })])
            {
                PrefixBlockTokens = 8,
            };
        });

    [Fact]
    public void Whatever_the_cluster_every_request_ends_once_and_no_block_place_or_instance_is_left_behind()
    {
        long moved = 0, preempted = 0, waited = 0, drained = 0, hits = 0, refused = 0;
        Gen.Select(Options, Workloads).Sample(
            (options, workload) =>
            {
                var cluster = new SimulatedCluster(options, workload);
                Run(cluster);
                foreach (var request in cluster.Requests)
                {
                    if (request.Refusal is not null)
                    {
                        Assert.True(request.InputTokens + request.OutputTokens > cluster.TokenLimit);
                        Interlocked.Increment(ref refused);
                        continue;
                    }

                    Assert.Equal(request.OutputTokens, request.Generated);
                    Assert.Null(request.Migration);
                    Assert.True(request.Arrival < request.FirstToken && request.FirstToken <= request.LastToken);
                    Assert.InRange(request.PreemptionLoss, TimeSpan.Zero, request.LastToken - request.Arrival);
                    Assert.Equal(request.Preemptions > 0, request.PreemptionLoss > TimeSpan.Zero);
                }

                foreach (var instance in cluster.Instances)
                {
                    Assert.Empty(instance.Scheduler.Requests);
                    Assert.Equal((0, 0), (instance.Scheduler.Blocks.UsedCount, instance.Scheduler.ReservedPlaces));
                    Assert.Equal((0, 0, 0, 0, 0), (instance.MigrationsOut, instance.MigrationsIn, instance.MovingIn, instance.OrderedIn, instance.Copies));
                    Assert.Equal(instance.Terminating, instance.HasEnded);
                    if (instance.HasEnded) Interlocked.Increment(ref drained);
                    Interlocked.Add(ref hits, instance.Scheduler.PrefixCacheHits);
                    Interlocked.Add(ref preempted, instance.Scheduler.PreemptionCount);
                }

                Assert.Equal(cluster.Statistics.MigrationsStarted, cluster.Statistics.Migrations.Values.Sum());
                Interlocked.Add(ref moved, cluster.Statistics.Downtimes.Count);
                Interlocked.Add(ref waited, cluster.Statistics.MovedWaiting);
            },
            iter: Cases);

        // What the test is about does happen in it.
        Assert.All((long[])[moved, preempted, waited, drained, hits], count => Assert.True(count > 0));
    }

    private static void Run(SimulatedCluster cluster)
    {
        while (cluster.Clock.TryTake(out var happened))
        {
            happened.Handler.Handle(happened);
            Assert.True(cluster.Clock.Handled < 1_000_000, $"{cluster.Remaining} requests do not end.");
        }
    }

    [Fact]
    public void Equal_options_and_workloads_give_equal_results_to_the_last_tick() =>
        Gen.Select(Options, Workloads).Sample(
            (options, workload) =>
            {
                SimulationResult first = ClusterSimulation.Run(options, workload), second = ClusterSimulation.Run(options, workload);

                Assert.Equal(first.Requests, second.Requests);
                Assert.Equal((first.Events, first.Steps, first.Duration), (second.Events, second.Steps, second.Duration));
            },
            iter: 60);

    [Fact]
    public void Another_seed_gives_another_run()
    {
        SimulationResult Run(ulong seed)
        {
            var policy = new ClusterPolicy { Name = "test", Dispatch = "least-kv" };
            var workload = PaperWorkloads.Create("S-S", 10) with { Requests = 200 };
            return ClusterSimulation.Run(PaperCluster.Create(policy) with { Seed = seed }, workload.Generate(seed));
        }

        Assert.Equal(Run(1).Requests, Run(1).Requests);
        Assert.NotEqual(Run(1).Requests, Run(2).Requests);
    }
}
