namespace Llumnix.Scheduling.Scaling;

/// <summary>The next state and what to do.</summary>
public readonly record struct ModelScalingStep(ModelScaling State, IReadOnlyList<ScalingEffect> Effects);
