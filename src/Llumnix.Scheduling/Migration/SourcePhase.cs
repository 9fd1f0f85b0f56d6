namespace Llumnix.Scheduling.Migration;

/// <summary>Where a migration's source is.</summary>
public enum SourcePhase : byte
{
    /// <summary>The entity was asked whether the request may move.</summary>
    Asking,

    /// <summary>The destination was asked for blocks.</summary>
    Reserving,

    /// <summary>A stage is being copied; the request decodes.</summary>
    Copying,

    /// <summary>The destination was asked for more blocks; the request decodes.</summary>
    Extending,

    /// <summary>The request leaves the batch at the next step boundary.</summary>
    Stopping,

    /// <summary>The request is stopped and its destination was asked for the blocks that it grew into meanwhile.</summary>
    ExtendingStopped,

    /// <summary>The last blocks and the commit were sent; only the destination's answer, or the entity, ends it.</summary>
    Committing,

    /// <summary>The commit's fate is unknown: the entity was asked to decide.</summary>
    Deciding,

    /// <summary>It is over.</summary>
    Ended,
}
