using System.Net.WebSockets;
using Llumnix.Host.Api;
using Llumnix.Host.Http;

namespace Llumnix.Host.WebSockets;

/// <summary><c>/v1/stream</c>: takes WebSockets in, from programs and from the gateway's own or allowed pages.</summary>
internal sealed class StreamEndpoint(GatewayServices gateway, ILogger log, CancellationToken stopping)
{
    /// <summary>The sub-protocol the gateway chooses where a client offers any.</summary>
    public const string Protocol = "llumnix";

    /// <summary>A page passes its API key as the sub-protocol of this prefix and the key in base64url.</summary>
    public const string KeyProtocolPrefix = "llumnix-key.";

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/stream", AcceptAsync);

    private async Task AcceptAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            throw new ApiException(426, "invalid_request_error", null, "upgrade_required", "/v1/stream is a WebSocket; connect to it as one.");
        }

        CheckOrigin(context.Request);
        TimeSpan keepAlive = gateway.Options.WebSocket.KeepAlive;
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol) ? Protocol : null,
            KeepAliveInterval = keepAlive,
            KeepAliveTimeout = keepAlive,
        });
        using var connection = new StreamSocket(socket, gateway, log);
        await connection.RunAsync(stopping, context.RequestAborted);
    }

    /// <summary>Browsers let any page open a socket to any host; only the gateway's own pages and allowed ones may.</summary>
    private void CheckOrigin(HttpRequest request)
    {
        string? origin = request.Headers.Origin;
        if (string.IsNullOrEmpty(origin)) return;
        if (Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
            && string.Equals(uri.Authority, new Uri($"{request.Scheme}://{request.Host}").Authority, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        foreach (string allowed in gateway.Options.WebSocket.AllowedOrigins)
        {
            if (allowed == "*" || string.Equals(allowed, origin, StringComparison.OrdinalIgnoreCase)) return;
        }

        throw new ApiException(
            403, "invalid_request_error", null, "origin_not_allowed",
            $"Pages of {origin} may not open sockets here (llumnix.gateway.websocket.allowed-origins).");
    }
}
