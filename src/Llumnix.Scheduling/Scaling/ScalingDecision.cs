namespace Llumnix.Scheduling.Scaling;

/// <summary>What to do about the number of instances.</summary>
public abstract record ScalingDecision
{
    private ScalingDecision()
    {
    }

    /// <summary>Nothing.</summary>
    public sealed record Keep : ScalingDecision
    {
        public static Keep Instance { get; } = new();
    }

    /// <summary>Start one instance more.</summary>
    public sealed record Add : ScalingDecision
    {
        public static Add Instance { get; } = new();
    }

    /// <summary>Let this instance hand its requests to others and end.</summary>
    public sealed record Drain(InstanceId Instance) : ScalingDecision;
}
