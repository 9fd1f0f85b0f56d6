namespace Llumnix.Actors.Cluster;

/// <summary>How the number of instances is kept at a moment.</summary>
/// <param name="Launcher">Who starts and ends them; <c>none</c> where their number stays.</param>
/// <param name="Policy">By which policy.</param>
/// <param name="Models">Each model.</param>
public sealed record ScalingStatus(string Launcher, string Policy, ModelScalingStatus[] Models);
