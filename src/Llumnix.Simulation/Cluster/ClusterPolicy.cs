using Llumnix.Scheduling.Dispatch;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Rebalance;
using Llumnix.Scheduling.Scaling;

namespace Llumnix.Simulation.Cluster;

/// <summary>Everything that decides in a cluster, by the names of configuration, and what the dispatchers see.</summary>
public sealed record ClusterPolicy
{
    /// <summary>What the whole is called.</summary>
    public required string Name { get; init; }

    /// <summary>One of <see cref="DispatchPolicies"/>.</summary>
    public string Dispatch { get; init; } = "freeness";

    public DispatchPolicyOptions DispatchOptions { get; init; } = new();

    /// <summary>What dispatchers see.</summary>
    public ViewOptions DispatchView { get; init; } = ViewOptions.Default;

    /// <summary>One of <see cref="RebalancePolicies"/>.</summary>
    public string Rebalance { get; init; } = "none";

    /// <summary>Its headrooms are set from <see cref="Headrooms"/>.</summary>
    public RebalancePolicyOptions RebalanceOptions { get; init; } = new();

    public TimeSpan RebalanceInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>One of <see cref="RequestChoices"/>.</summary>
    public string RequestChoice { get; init; } = "shortest";

    /// <summary>One of <see cref="ScalingPolicies"/>.</summary>
    public string Scaling { get; init; } = "none";

    public ScalingPolicyOptions ScalingOptions { get; init; } = new();

    public TimeSpan ScalingInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether priority classes count; else all requests are served as normal ones.</summary>
    public bool KnowsPriorities { get; init; } = true;

    /// <summary>Blocks kept free for each class.</summary>
    public Headrooms Headrooms { get; init; } = Headrooms.None;
}
