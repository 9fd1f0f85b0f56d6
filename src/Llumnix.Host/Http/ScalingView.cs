using Llumnix.Actors.Cluster;

namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/admin/scaling</c>.</summary>
internal sealed record ScalingView(string Launcher, string Policy, IReadOnlyList<ModelScalingView> Models)
{
    public static ScalingView Of(ScalingStatus status) => new(status.Launcher, status.Policy, [.. status.Models.Select(ModelScalingView.Of)]);
}
