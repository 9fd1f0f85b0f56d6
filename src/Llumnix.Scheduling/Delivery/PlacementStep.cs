namespace Llumnix.Scheduling.Delivery;

/// <summary>How far a request's current placement is.</summary>
public enum PlacementStep : byte
{
    /// <summary>The dispatcher was asked for an instance.</summary>
    Asked,

    /// <summary>The dispatcher had none; it is asked again at the next retry.</summary>
    Deferred,

    /// <summary>The instance was told, and has not answered.</summary>
    Submitted,

    /// <summary>The instance has the request.</summary>
    Accepted,

    /// <summary>The request has ended.</summary>
    None,
}
