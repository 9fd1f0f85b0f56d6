using Llumnix.Scheduling;

namespace Llumnix.Actors.Cluster;

/// <summary>How the number of a model's instances is kept at a moment.</summary>
/// <param name="Model">The served name.</param>
/// <param name="Min">The fewest.</param>
/// <param name="Max">The most.</param>
/// <param name="Instances">How many take requests.</param>
/// <param name="Wanted">How many there are to be.</param>
/// <param name="Starting">Where instances are being started, <c>?</c> where the launcher does not say yet.</param>
/// <param name="Draining">Those that drain in order to end.</param>
/// <param name="Decision">The last decision that changed anything; null before.</param>
/// <param name="Failure">The launcher's last failure; null before.</param>
/// <param name="Failures">The launcher's failures in a row.</param>
/// <param name="RetryAt">When the launcher is asked again; null where it may be at any time.</param>
public sealed record ModelScalingStatus(
    string Model,
    int Min,
    int Max,
    int Instances,
    int Wanted,
    string[] Starting,
    InstanceId[] Draining,
    ScalingNoteStatus? Decision,
    ScalingNoteStatus? Failure,
    int Failures,
    DateTimeOffset? RetryAt);
