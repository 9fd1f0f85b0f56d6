using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Scaling;

/// <summary>What a scaling decision is made by.</summary>
/// <param name="Instances">The last reports of the live instances of one model, terminating ones included.</param>
/// <param name="Starting">Instances asked for that have not reported yet.</param>
public sealed record ScalingView(IReadOnlyList<LoadReport> Instances, int Starting = 0)
{
    /// <summary>
    /// The one instance that the launcher can end next, such as the one of the highest ordinal; null where it can end any.
    /// </summary>
    public InstanceId? NextToEnd { get; init; }
}
