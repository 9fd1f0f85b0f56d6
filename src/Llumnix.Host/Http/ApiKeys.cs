using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Llumnix.Host.Api;
using Llumnix.Host.Metrics;
using Llumnix.Host.WebSockets;

namespace Llumnix.Host.Http;

/// <summary>Asks for one of the configured keys, except for health, metrics and the playground page. Comparing takes the same time for any key.</summary>
internal sealed class ApiKeys(IReadOnlyList<string> keys)
{
    private readonly byte[][] _hashes = [.. keys.Select(Hash)];

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        PathString path = context.Request.Path;
        if (path == "/" || path.StartsWithSegments("/health") || path == MetricsEndpoint.Path) return next(context);
        string? key = KeyOf(context);
        if (key is not null && Knows(key)) return next(context);
        throw new ApiException(
            401, "invalid_request_error", null, "invalid_api_key",
            key is null ? "An API key is needed: send it as \"Authorization: Bearer KEY\"." : "This API key is not known here.");
    }

    private bool Knows(string key)
    {
        byte[] hash = Hash(key);
        bool known = false;
        foreach (byte[] other in _hashes) known |= CryptographicOperations.FixedTimeEquals(hash, other);
        return known;
    }

    private static string? KeyOf(HttpContext context)
    {
        const string Scheme = "Bearer ";
        string? header = context.Request.Headers.Authorization;
        if (header is not null) return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;

        // A page cannot set headers on a WebSocket; it can name sub-protocols.
        foreach (string protocol in context.WebSockets.WebSocketRequestedProtocols)
        {
            if (!protocol.StartsWith(StreamEndpoint.KeyProtocolPrefix, StringComparison.Ordinal)) continue;
            ReadOnlySpan<char> encoded = protocol.AsSpan(StreamEndpoint.KeyProtocolPrefix.Length);
            return Base64Url.IsValid(encoded) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(encoded)) : null;
        }

        return null;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
