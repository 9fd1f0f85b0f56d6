namespace Llumnix.Scheduling.Scaling;

/// <summary>Whether instances are added or drained. Pure: state and time in, next state and decision out.</summary>
public interface IScalingPolicy
{
    /// <summary>Decides; to be called every second or so, and after each decision with what came of it.</summary>
    /// <param name="state">What the last decision left; <see cref="ScalingState.Initial"/> at first.</param>
    /// <param name="view">How it stands.</param>
    /// <param name="now">A reading of one monotonic clock.</param>
    ScalingStep Decide(ScalingState state, ScalingView view, TimeSpan now);
}
