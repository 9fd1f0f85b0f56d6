namespace Llumnix.Scheduling.Delivery;

/// <summary>What an entity makes of tokens that arrive.</summary>
public enum InboundVerdict : byte
{
    /// <summary>They go on where the known ones end: deliver and acknowledge.</summary>
    New,

    /// <summary>Nothing in them is new: acknowledge again, the last acknowledgement may be lost.</summary>
    Known,

    /// <summary>Some before them are missing: ask for those again.</summary>
    Gap,

    /// <summary>They come from a placement that may no longer speak: drop them and tell it to stop.</summary>
    Stale,

    /// <summary>They come from a placement this entity never gave out: drop them.</summary>
    Foreign,
}
