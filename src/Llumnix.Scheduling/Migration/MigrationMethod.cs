namespace Llumnix.Scheduling.Migration;

/// <summary>How a running request gets to its destination.</summary>
public enum MigrationMethod : byte
{
    /// <summary>Its full blocks are copied in stages while it goes on decoding; only the last stage stops it.</summary>
    Live,

    /// <summary>For comparison: it is stopped first, then all its blocks are copied.</summary>
    BlockingCopy,

    /// <summary>For comparison: it is stopped, and the destination computes its KV again.</summary>
    Recompute,
}
