namespace Llumnix.Host.WebSockets;

/// <summary>How a request came to run on a socket.</summary>
internal enum Accepted
{
    /// <summary>It is new.</summary>
    New,

    /// <summary>Its session was still there and goes on.</summary>
    Resumed,

    /// <summary>Nobody knew it any more; it is generated again from its body and seed.</summary>
    Regenerated,
}
