namespace Llumnix.Actors.Cluster;

/// <summary>What was decided, or what failed.</summary>
/// <param name="What">The decision, such as <c>add</c>, or what was tried.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
public sealed record ScalingNoteStatus(string What, string Reason, DateTimeOffset At);
