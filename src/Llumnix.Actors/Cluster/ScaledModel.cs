using Llumnix.Scheduling.Scaling;

namespace Llumnix.Actors.Cluster;

/// <summary>What <see cref="ScalingActor"/> keeps of one model.</summary>
internal sealed class ScaledModel(ScalingPolicyOptions options, IScalingPolicy policy)
{
    public ScalingPolicyOptions Options { get; } = options;

    public IScalingPolicy Policy { get; } = policy;

    public ModelScaling State { get; set; } = ModelScaling.Initial;

    /// <summary>By their numbers, what ends starts that the launcher is still at.</summary>
    public Dictionary<int, CancellationTokenSource> Starts { get; } = [];

    /// <summary>Starts under way that the launcher knows of.</summary>
    public int StartingElsewhere { get; set; }

    /// <summary>Whether the launcher is being asked for them.</summary>
    public bool Counting { get; set; }
}
