namespace Llumnix.Scheduling.Scaling;

/// <summary>What a scaling policy remembers from one decision to the next.</summary>
/// <param name="BelowSince">Since when the average freeness is below the band without a break; null where it is not.</param>
/// <param name="AboveSince">Since when it is above.</param>
/// <param name="LastAdded">When an instance was last added.</param>
/// <param name="LastDrained">When one was last drained.</param>
public sealed record ScalingState(TimeSpan? BelowSince, TimeSpan? AboveSince, TimeSpan? LastAdded, TimeSpan? LastDrained)
{
    /// <summary>Before the first decision.</summary>
    public static ScalingState Initial { get; } = new(null, null, null, null);
}
