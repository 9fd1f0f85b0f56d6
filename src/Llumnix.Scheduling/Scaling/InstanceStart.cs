namespace Llumnix.Scheduling.Scaling;

/// <summary>An instance that was asked for and has not reported.</summary>
/// <param name="Number">Names the start.</param>
/// <param name="Since">When it was asked for.</param>
/// <param name="Place">Where the launcher says it is; null while it does not say.</param>
public sealed record InstanceStart(int Number, TimeSpan Since, LaunchPlace? Place);
