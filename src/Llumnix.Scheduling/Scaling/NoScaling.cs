namespace Llumnix.Scheduling.Scaling;

/// <summary>Keeps the instances there are.</summary>
public sealed class NoScaling : IScalingPolicy
{
    /// <inheritdoc/>
    public ScalingStep Decide(ScalingState state, ScalingView view, TimeSpan now) => new(state, ScalingDecision.Keep.Instance, double.NaN);
}
