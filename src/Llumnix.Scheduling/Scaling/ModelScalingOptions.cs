namespace Llumnix.Scheduling.Scaling;

/// <summary>How a model's instances are started and ended.</summary>
/// <param name="StartTimeout">A start that has not led to a report by then is undone and counts as failed.</param>
/// <param name="Retry">How long the launcher is left alone after a failure.</param>
public sealed record ModelScalingOptions(TimeSpan StartTimeout, RetryDelay Retry);
