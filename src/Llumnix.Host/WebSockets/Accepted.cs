namespace Llumnix.Host.WebSockets;

/// <summary>How a request came to run on a socket.</summary>
internal enum Accepted
{
    /// <summary>It is new.</summary>
    New,

    /// <summary>Its session was still there and goes on, or it was found running, or ended, where another gateway had placed it.</summary>
    Resumed,

    /// <summary>The instances are asked for it: it will be <see cref="Resumed"/> or <see cref="Regenerated"/>.</summary>
    TakenOver,

    /// <summary>Nobody knew it any more; it is generated again from its body and seed.</summary>
    Regenerated,
}
