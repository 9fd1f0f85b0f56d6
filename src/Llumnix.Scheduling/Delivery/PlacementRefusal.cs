namespace Llumnix.Scheduling.Delivery;

/// <summary>Why an instance refused a request.</summary>
public enum PlacementRefusal : byte
{
    /// <summary>Its queue is full.</summary>
    QueueFull,

    /// <summary>It is terminating.</summary>
    Terminating,

    /// <summary>The request can grow beyond its context or its memory.</summary>
    TooLarge,

    /// <summary>Another gateway has taken the request over.</summary>
    Superseded,
}
