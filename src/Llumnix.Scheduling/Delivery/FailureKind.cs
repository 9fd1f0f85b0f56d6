namespace Llumnix.Scheduling.Delivery;

/// <summary>What a failure means for the client.</summary>
public enum FailureKind : byte
{
    /// <summary>No instance can ever serve it.</summary>
    Unservable,

    /// <summary>Every instance is full; later may do.</summary>
    Overloaded,

    /// <summary>Nobody serves its model.</summary>
    UnknownModel,

    /// <summary>No instance is there at present.</summary>
    Unavailable,

    /// <summary>Another gateway has taken the request over.</summary>
    Superseded,

    /// <summary>An instance could not go on with it.</summary>
    Internal,
}
