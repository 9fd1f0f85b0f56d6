namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.gateway</c>: what clients connect to, and its limits. Defaults stand in gateway.hocon.</summary>
public sealed record GatewayOptions
{
    internal const string ApiKeysKey = "llumnix.gateway.api-keys";

    /// <summary>The address to listen on: <c>localhost</c> (both loopbacks), an IP address, or <c>*</c> for every interface.</summary>
    public required string Bind { get; init; }

    /// <summary>The port of a gateway whose configuration leaves it open.</summary>
    private const int UsualPort = 8080;

    /// <summary>TCP port for HTTP, 0 to 65535; 0 takes any free one.</summary>
    public required int Port { get; init; }

    /// <summary>The longest request body in bytes; a longer one is answered 413.</summary>
    public required long MaxBody { get; init; }

    /// <summary>The most sequences one call may ask for: prompts times <c>n</c>.</summary>
    public required int MaxChoices { get; init; }

    /// <summary>Keys of which clients must send one as <c>Authorization: Bearer</c>; empty asks for none.</summary>
    public required IReadOnlyList<string> ApiKeys { get; init; }

    /// <summary>What an overloaded or unavailable answer tells the client to wait (whole seconds in <c>Retry-After</c>).</summary>
    public required TimeSpan RetryAfter { get; init; }

    /// <summary>How long requests in flight may go on after the program was told to end.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    /// <summary>The section <c>llumnix.gateway.websocket</c>.</summary>
    public required WebSocketOptions WebSocket { get; init; }

    internal static GatewayOptions Read(SettingReader settings, NodeOptions node)
    {
        const string bind = "llumnix.gateway.bind";
        var options = new GatewayOptions
        {
            Bind = settings.Text(bind),
            Port = settings.WholeOrAuto("llumnix.gateway.port", 0, 65535) ?? (node.IsGateway ? UsualPort : 0),
            MaxBody = settings.Size("llumnix.gateway.max-body", 1024, 1L << 30),
            MaxChoices = settings.Whole("llumnix.gateway.max-choices", 1, 1 << 16),
            ApiKeys = settings.List(ApiKeysKey),
            RetryAfter = settings.Duration("llumnix.gateway.retry-after", TimeSpan.Zero, TimeSpan.FromHours(1)),
            DrainTimeout = settings.Duration("llumnix.gateway.drain-timeout", TimeSpan.Zero, TimeSpan.FromHours(1)),
            WebSocket = WebSocketOptions.Read(settings),
        };
        return options.Bind is "localhost" or "*" || System.Net.IPAddress.TryParse(options.Bind, out _)
            ? options
            : throw settings.Wrong(bind, "must be localhost, an IP address of this machine, or * for all its addresses");
    }
}
