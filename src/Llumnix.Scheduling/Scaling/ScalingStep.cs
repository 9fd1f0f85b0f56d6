namespace Llumnix.Scheduling.Scaling;

/// <summary>A scaling policy's answer.</summary>
/// <param name="State">For the next decision.</param>
/// <param name="Decision">What to do now.</param>
/// <param name="AverageFreeness">What it was decided by, in blocks per running request; NaN without an instance that takes requests.</param>
public readonly record struct ScalingStep(ScalingState State, ScalingDecision Decision, double AverageFreeness);
