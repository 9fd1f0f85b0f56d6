using Llumnix.Actors.Protocols;

namespace Llumnix.Host.Benchmarks;

/// <summary>One move as it was measured.</summary>
/// <param name="Record">What its source says of it.</param>
/// <param name="RawGap">Between the tokens before and after it at the client, in milliseconds.</param>
/// <param name="DestinationSteps">Gaps between tokens of the others at the destination while it went on, in milliseconds.</param>
/// <param name="StepRatios">Steps of the others while it went on over those before and after it, a ratio a pair of windows.</param>
internal sealed record Move(MigrationRecord Record, double RawGap, IReadOnlyList<double> DestinationSteps, IReadOnlyList<double> StepRatios);
