namespace Llumnix.Simulation.Results;

/// <summary>The cluster at one moment.</summary>
/// <param name="At">When.</param>
/// <param name="Starting">Instances asked for that do not run yet.</param>
/// <param name="Moved">Migrations that moved their request, so far.</param>
/// <param name="Instances">The instances that run.</param>
public sealed record TimelineSample(TimeSpan At, int Starting, int Moved, InstanceSample[] Instances);
