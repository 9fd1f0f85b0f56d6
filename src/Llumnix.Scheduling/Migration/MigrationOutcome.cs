namespace Llumnix.Scheduling.Migration;

/// <summary>How a migration ended.</summary>
public enum MigrationOutcome : byte
{
    /// <summary>The request runs at the destination.</summary>
    Moved,

    /// <summary>The request goes on at the source, in its old epoch.</summary>
    Aborted,

    /// <summary>Its commit was not answered, and the entity placed the request at the source again, in a new epoch.</summary>
    Reverted,

    /// <summary>The request ended, or was placed elsewhere, before the move was done.</summary>
    Overtaken,
}
