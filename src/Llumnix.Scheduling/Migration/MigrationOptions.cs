namespace Llumnix.Scheduling.Migration;

/// <summary>Limits of migrations.</summary>
public sealed record MigrationOptions
{
    /// <summary>A live migration stops the request when at most this many blocks are left to send.</summary>
    public int LastStageBlocks { get; init; } = 2;

    /// <summary>The most stages of a live migration, the last one included; a request that outruns the link is stopped then.</summary>
    public int MaxStages { get; init; } = 8;

    /// <summary>How often a message is repeated before its step has timed out; times the retry interval it is the step's time-out.</summary>
    public int MaxTries { get; init; } = 10;

    /// <summary>Blocks reserved beyond those the request has, so that it can grow while it is copied.</summary>
    public int GrowthBlocks { get; init; } = 2;

    /// <summary>Says what is wrong with the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (LastStageBlocks < 1) throw new ArgumentException($"last-stage-blocks is {LastStageBlocks}; it must be at least 1.");
        if (MaxStages < 1) throw new ArgumentException($"max-stages is {MaxStages}; it must be at least 1.");
        if (MaxTries < 1) throw new ArgumentException($"max-tries is {MaxTries}; it must be at least 1.");
        if (GrowthBlocks < 1) throw new ArgumentException($"growth-blocks is {GrowthBlocks}; it must be at least 1.");
    }
}
