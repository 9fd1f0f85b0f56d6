namespace Llumnix.Scheduling.Scaling;

/// <summary>What happens to the number of a model's instances.</summary>
public abstract record ScalingEvent
{
    private ScalingEvent()
    {
    }

    /// <summary>A round: how it stands.</summary>
    /// <param name="Instances">The live instances of the model.</param>
    /// <param name="StartingElsewhere">Starts under way that the launcher knows of, those of this state included.</param>
    public sealed record Round(IReadOnlyList<ScaledInstance> Instances, int StartingElsewhere = 0) : ScalingEvent;

    /// <summary>The launcher has started an instance, which has still to report.</summary>
    public sealed record Started(int Number, LaunchPlace Place) : ScalingEvent;

    /// <summary>The launcher could not start it, and has left nothing of it.</summary>
    public sealed record StartFailed(int Number, string Reason) : ScalingEvent;

    /// <summary>The launcher could not end an instance.</summary>
    public sealed record EndFailed(InstanceId Instance, string Reason) : ScalingEvent;
}
