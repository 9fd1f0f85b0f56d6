using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Llumnix.Host.Tests.Fakes;

/// <summary>A client of <c>/v1/stream</c>.</summary>
internal sealed class TestSocket(ClientWebSocket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 18];

    public ClientWebSocket Socket { get; } = socket;

    public Task SendAsync(string frame, WebSocketMessageType type = WebSocketMessageType.Text) =>
        Socket.SendAsync(Encoding.UTF8.GetBytes(frame), type, endOfMessage: true, CancellationToken.None);

    /// <summary>The next frame; fails where the socket closed.</summary>
    public async Task<JsonElement> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        int length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult received = await Socket.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
            Assert.NotEqual(WebSocketMessageType.Close, received.MessageType);
            length += received.Count;
            if (received.EndOfMessage) return JsonElement.Parse(_buffer.AsSpan(0, length));
        }
    }

    /// <summary>Frames up to and with the first of a type.</summary>
    public async Task<List<JsonElement>> UntilAsync(string type, string? reference = null)
    {
        var frames = new List<JsonElement>();
        while (true)
        {
            JsonElement frame = await ReceiveAsync();
            frames.Add(frame);
            if (TypeOf(frame) == type && (reference is null || frame.GetProperty("ref").GetString() == reference)) return frames;
        }
    }

    public static string TypeOf(JsonElement frame) => frame.GetProperty("type").GetString()!;

    public void Dispose() => Socket.Dispose();
}
