namespace Llumnix.Scheduling.Scaling;

/// <summary>Parameters of the scaling policies. Freeness is in blocks per running request.</summary>
public sealed record ScalingPolicyOptions
{
    /// <summary>Never fewer instances, those that drain not counted.</summary>
    public int MinInstances { get; init; } = 1;

    /// <summary>Never more instances, those that start counted.</summary>
    public int MaxInstances { get; init; } = 16;

    /// <summary>An average freeness below this for <see cref="ScaleUpAfter"/> adds an instance.</summary>
    public double ScaleUpBelow { get; init; } = 10;

    /// <summary>An average freeness above this for <see cref="ScaleDownAfter"/> drains one.</summary>
    public double ScaleDownAbove { get; init; } = 60;

    /// <summary>How long the average must have been low.</summary>
    public TimeSpan ScaleUpAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it must have been high.</summary>
    public TimeSpan ScaleDownAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After an instance was added none is added for this long: about what one takes to start and fill.</summary>
    public TimeSpan ScaleUpCoolDown { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After an instance was added or drained none is drained for this long.</summary>
    public TimeSpan ScaleDownCoolDown { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Throws where a value cannot be used, with one sentence that names it.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (MinInstances < 1) throw new ArgumentException($"{nameof(MinInstances)} is {MinInstances}; it must be 1 or more.");
        if (MaxInstances < MinInstances)
        {
            throw new ArgumentException(
                $"{nameof(MaxInstances)} is {MaxInstances}; it must be at least {nameof(MinInstances)}, {MinInstances}.");
        }

        if (!(ScaleUpBelow < ScaleDownAbove))
        {
            throw new ArgumentException(
                $"{nameof(ScaleUpBelow)} is {ScaleUpBelow} and {nameof(ScaleDownAbove)} is {ScaleDownAbove}; the first must be below the second.");
        }

        foreach (var (span, name) in (ReadOnlySpan<(TimeSpan, string)>)
            [
                (ScaleUpAfter, nameof(ScaleUpAfter)), (ScaleDownAfter, nameof(ScaleDownAfter)),
                (ScaleUpCoolDown, nameof(ScaleUpCoolDown)), (ScaleDownCoolDown, nameof(ScaleDownCoolDown)),
            ])
        {
            if (span < TimeSpan.Zero) throw new ArgumentException($"{name} is {span}; it must not be negative.");
        }
    }
}
