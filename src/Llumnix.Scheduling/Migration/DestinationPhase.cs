namespace Llumnix.Scheduling.Migration;

/// <summary>Where a migration's destination is.</summary>
public enum DestinationPhase : byte
{
    /// <summary>It holds blocks and takes them in.</summary>
    Reserved,

    /// <summary>The commit is here; blocks that it names are not yet.</summary>
    Awaiting,

    /// <summary>The request runs here.</summary>
    Committed,

    /// <summary>The reservation was given up; the request will not run here by this migration.</summary>
    Released,
}
