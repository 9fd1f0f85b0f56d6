using Llumnix.Actors.Cluster;

namespace Llumnix.Host.Http;

/// <summary>How the number of a model's instances is kept, as operators see it.</summary>
internal sealed record ModelScalingView(
    string Model, int Min, int Max, int Instances, int Wanted, IReadOnlyList<string> Starting, IReadOnlyList<string> Draining,
    ScalingNoteStatus? LastDecision, ScalingNoteStatus? LastFailure, int FailuresInARow, DateTimeOffset? RetryAt)
{
    public static ModelScalingView Of(ModelScalingStatus status) => new(
        status.Model, status.Min, status.Max, status.Instances, status.Wanted, status.Starting, [.. status.Draining.Select(instance => instance.Name)],
        status.Decision, status.Failure, status.Failures, status.RetryAt);
}
