namespace Llumnix.Scheduling.Scaling;

/// <summary>What was decided, or what failed, in a sentence.</summary>
/// <param name="What">The decision, such as <c>add</c>, or what was tried.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
public sealed record ScalingNote(string What, string Reason, TimeSpan At);
