namespace Llumnix.Scheduling.Load;

/// <summary>What a report was to a load view.</summary>
public enum ReportVerdict : byte
{
    /// <summary>It tells something newer than the last.</summary>
    Fresh,

    /// <summary>The first of an instance or of its new incarnation: whatever ran there before is gone.</summary>
    Started,

    /// <summary>The last one again: a sign of life.</summary>
    Repeated,

    /// <summary>Older than the last, by sequence or incarnation: dropped.</summary>
    Stale,
}
