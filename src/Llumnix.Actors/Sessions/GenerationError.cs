namespace Llumnix.Actors.Sessions;

/// <summary>Why a session failed, as far as its client must act differently.</summary>
public enum GenerationError : byte
{
    None = 0,

    /// <summary>The request can never be served: too long, or more blocks than an instance has (HTTP 400).</summary>
    Invalid,

    /// <summary>No instance serves the model (HTTP 404).</summary>
    UnknownModel,

    /// <summary>Every instance's queue is full; later may do (HTTP 429).</summary>
    Overloaded,

    /// <summary>No instance is there at present, or the node is going down (HTTP 503).</summary>
    Unavailable,

    /// <summary>A fault of ours (HTTP 500).</summary>
    Internal,
}
