namespace Llumnix.Scheduling.Delivery;

/// <summary>Where a request is in its life, as its entity knows it.</summary>
public enum RequestPhase : byte
{
    /// <summary>No token has come from its current placement: it is being placed, waits in an instance's queue or is prefilled.</summary>
    Waiting,

    /// <summary>Its current placement has produced tokens.</summary>
    Running,

    /// <summary>It runs, and a move to another instance was granted.</summary>
    Migrating,

    /// <summary>All its tokens and its end were delivered.</summary>
    Finished,

    /// <summary>Its client wants no more of it.</summary>
    Cancelled,

    /// <summary>It could not be served; <see cref="RequestState.Failure"/> says why.</summary>
    Failed,
}
