namespace Llumnix.Scheduling.Scaling;

/// <summary>What to do about the number of a model's instances.</summary>
public abstract record ScalingEffect
{
    private ScalingEffect()
    {
    }

    /// <summary>Have the launcher start one.</summary>
    public sealed record Start(int Number) : ScalingEffect;

    /// <summary>Have the launcher undo a start that took too long.</summary>
    /// <param name="Number">The start.</param>
    /// <param name="Place">Where it is; null where the launcher has not said and is still at it.</param>
    public sealed record GiveUp(int Number, LaunchPlace? Place) : ScalingEffect;

    /// <summary>Have an instance move its requests to others in order to end; given again each round, for the others change.</summary>
    public sealed record Drain(InstanceId Instance) : ScalingEffect;

    /// <summary>Have a draining instance take requests again.</summary>
    public sealed record Keep(InstanceId Instance) : ScalingEffect;

    /// <summary>Have the launcher end an instance that is empty.</summary>
    public sealed record End(InstanceId Instance) : ScalingEffect;
}
