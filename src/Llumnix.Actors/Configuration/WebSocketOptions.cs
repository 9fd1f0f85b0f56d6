namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.gateway.websocket</c>: limits of <c>/v1/stream</c>. Defaults stand in gateway.hocon.</summary>
public sealed record WebSocketOptions
{
    /// <summary>The longest frame a client may send, in bytes; a longer one is answered with an error frame.</summary>
    public required int MaxFrame { get; init; }

    /// <summary>The most requests at once on one socket.</summary>
    public required int MaxRequests { get; init; }

    /// <summary>How often an idle socket is pinged; one that does not answer within twice this is closed.</summary>
    public required TimeSpan KeepAlive { get; init; }

    /// <summary>Origins of web pages, beside the gateway's own, that may open sockets, for example <c>https://chat.example</c>; <c>*</c> is any.</summary>
    public required IReadOnlyList<string> AllowedOrigins { get; init; }

    internal static WebSocketOptions Read(SettingReader settings) => new()
    {
        MaxFrame = (int)settings.Size("llumnix.gateway.websocket.max-frame", 1024, 1 << 30),
        MaxRequests = settings.Whole("llumnix.gateway.websocket.max-requests", 1, 1 << 16),
        KeepAlive = settings.Duration("llumnix.gateway.websocket.keep-alive", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
        AllowedOrigins = settings.List("llumnix.gateway.websocket.allowed-origins"),
    };
}
