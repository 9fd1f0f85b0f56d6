using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Api;
using Llumnix.Host.Bodies;
using Llumnix.Host.Generation;
using Llumnix.Host.Http;
using Llumnix.Scheduling;

namespace Llumnix.Host.WebSockets;

/// <summary>
/// One client's socket: frames in, one task a request out. Every request's task waits for its own turn to send, and stops reading its
/// session while it waits, so a slow socket pauses its own requests and nobody else's.
/// </summary>
internal sealed class StreamSocket(WebSocket socket, GatewayServices gateway, ILogger log) : IDisposable
{
    private const int FirstBuffer = 4096;
    private const int MaxReference = 128;

    private readonly ConcurrentDictionary<string, SocketRequest> _requests = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly FrameWriter _frames = new(gateway.Options.RetryAfter);
    private byte[] _buffer = new byte[FirstBuffer];
    private volatile bool _stopping;

    /// <summary>What a client that may try again is told to wait where nobody knows better.</summary>
    public TimeSpan RetryAfter => gateway.Options.RetryAfter;

    /// <summary>Serves the socket until it closes; then its requests end, except those that may be resumed.</summary>
    /// <param name="stopping">The program is ending: no new requests, and the socket closes when those it has are done.</param>
    /// <param name="aborted">The connection is gone.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborted)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using CancellationTokenRegistration whenStopping = stopping.Register(() =>
        {
            _stopping = true;
            _ = CloseIfDrainedAsync(aborted);
        });
        try
        {
            await ReceiveAsync(ended.Token);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
        {
            log.LogDebug("A socket broke: {Reason}", error.Message);
        }
        finally
        {
            foreach (SocketRequest request in _requests.Values) request.Leave();
            await ended.CancelAsync();
            await Task.WhenAll(_requests.Values.Select(request => request.Running));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sending.Dispose();
        _frames.Dispose();
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int length = 0;
            bool tooLong = false;
            ValueWebSocketReceiveResult received;
            do
            {
                if (length == _buffer.Length) Grow(ref tooLong, ref length);
                received = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
                length += received.Count;
                tooLong |= length > gateway.Options.WebSocket.MaxFrame;
                if (tooLong) length = 0;
            }
            while (!received.EndOfMessage);

            if (received.MessageType == WebSocketMessageType.Close)
            {
                await CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
                return;
            }

            string? reference = null;
            try
            {
                if (tooLong) throw ApiException.TooLarge($"A frame may have at most {gateway.Options.WebSocket.MaxFrame} bytes (llumnix.gateway.websocket.max-frame).");
                if (received.MessageType == WebSocketMessageType.Binary) throw ApiException.Invalid(null, "Frames are JSON text; this one is binary.");
                using JsonDocument document = JsonBody.Parse(_buffer.AsMemory(0, length), "frame");
                var frame = new JsonBody(document.RootElement);
                reference = frame.String("ref");
                await HandleAsync(frame, reference, cancellationToken);
            }
            catch (ApiException error)
            {
                await SendErrorAsync(reference, error, cancellationToken);
            }
        }
    }

    private void Grow(ref bool tooLong, ref int length)
    {
        // One byte more than is allowed is enough to know that a frame is too long; the rest of it is read over the same memory.
        int size = Math.Min(_buffer.Length * 2, gateway.Options.WebSocket.MaxFrame + 1);
        if (size > _buffer.Length)
        {
            Array.Resize(ref _buffer, size);
        }
        else
        {
            tooLong = true;
            length = 0;
        }
    }

    private async Task HandleAsync(JsonBody frame, string? reference, CancellationToken cancellationToken)
    {
        if (reference is { Length: 0 or > MaxReference }) throw ApiException.Invalid("ref", $"ref must have 1 to {MaxReference} characters.");
        string type = frame.String("type")
            ?? throw ApiException.Invalid("type", "type is missing; it must be \"generate\", \"cancel\" or \"resume\".");
        switch (type)
        {
            case "generate":
                await GenerateAsync(frame, reference, cancellationToken);
                break;
            case "cancel":
                await CancelAsync(frame, reference, cancellationToken);
                break;
            case "resume":
                await ResumeAsync(frame, reference, cancellationToken);
                break;
            default:
                throw ApiException.Invalid("type", $"type is \"{type}\", but must be \"generate\", \"cancel\" or \"resume\".");
        }
    }

    private async Task GenerateAsync(JsonBody frame, string? reference, CancellationToken cancellationToken)
    {
        GenerationCall call = ReadCall(frame);
        RequestId id = RequestIds.Next();
        GenerateRequest request = call.ToRequest(0, id) with { Resumable = frame.Boolean("resumable", false) };
        string name = reference ?? id.ToString();
        await CheckRoomAsync(name);
        Start(name, Accepted.New, gateway.Client.Generate(request), cancellationToken);
    }

    private async Task CancelAsync(JsonBody frame, string? reference, CancellationToken cancellationToken)
    {
        if (frame.String("request") is { } text)
        {
            if (!await gateway.Client.CancelAsync(IdOf(text), cancellationToken)) throw Unknown(text);
            return;
        }

        if (reference is null) throw ApiException.Invalid("ref", "cancel needs the ref of a request of this socket, or the request id of another's.");
        if (!_requests.TryGetValue(reference, out SocketRequest? request))
        {
            throw ApiException.NotFound("ref", "unknown_request", $"No request {reference} runs on this socket.");
        }

        request.Cancel();
    }

    private async Task ResumeAsync(JsonBody frame, string? reference, CancellationToken cancellationToken)
    {
        string text = frame.String("request") ?? throw ApiException.Invalid("request", "resume needs request, the id that accepted gave.");
        RequestId id = IdOf(text);
        int[] offsets = frame.Integers("offsets");
        if (Array.Exists(offsets, offset => offset < 0)) throw ApiException.Invalid("offsets", "offsets must not be negative.");
        string name = reference ?? text;
        await CheckRoomAsync(name);
        JsonBody? body = frame.Object("body");
        GenerateRequest? again = null;
        if (body is { } generate)
        {
            GenerationCall call = ReadCall(generate);
            if (!generate.Has("seed")) throw ApiException.Invalid("body", "body.seed is missing; give the seed that accepted told, so that the same text is generated.");
            if (offsets.Length > call.Choices)
            {
                throw ApiException.Invalid("offsets", $"offsets has {offsets.Length} numbers for {call.Choices} choices.");
            }

            again = call.ToRequest(0, id) with
            {
                Resumable = generate.Boolean("resumable", true),
                TakeOver = true,
                Offsets = offsets.Length == 0 ? null : Pad(offsets, call.Choices),
            };
        }

        GenerationStream? stream = await gateway.Client.ResumeAsync(id, offsets, cancellationToken);
        if (stream is not null)
        {
            Start(name, Accepted.Resumed, stream, cancellationToken);
        }
        else if (again is not null)
        {
            Start(name, Accepted.TakenOver, gateway.Client.Generate(again), cancellationToken);
        }
        else
        {
            throw Unknown(text, " Give body, the generate frame with its seed, to have it generated again.");
        }
    }

    private static int[] Pad(int[] offsets, int choices)
    {
        var padded = new int[choices];
        offsets.CopyTo(padded, 0);
        return padded;
    }

    private GenerationCall ReadCall(JsonBody body)
    {
        bool chat = body.Has("messages");
        if (chat && body.Has("prompt")) throw ApiException.Invalid("prompt", "Give either prompt or messages, not both.");
        GenerationCall call = chat
            ? ChatReader.Read(body, gateway.Models, gateway.Priorities, gateway.Options.MaxChoices)
            : CompletionReader.Read(body, gateway.Models, gateway.Priorities, gateway.Options.MaxChoices);
        if (call.Prompts.Count > 1) throw ApiException.Invalid("prompt", "prompt is a list; send one generate frame for each prompt.");
        if (call.Prompts[0].Echo.Length > 0) throw ApiException.Invalid("echo", "echo is not supported on a socket.");
        return call;
    }

    private void Start(string reference, Accepted how, GenerationStream stream, CancellationToken cancellationToken)
    {
        var request = new SocketRequest(reference, stream, gateway.Models.Named(stream.Request.Model), this);
        _requests[reference] = request;
        request.Begin(how, cancellationToken);
    }

    /// <summary>Refuses one request too many, and a name that is taken. Only the receiving loop adds requests.</summary>
    private async Task CheckRoomAsync(string reference)
    {
        if (_stopping) throw ApiException.Unavailable("The server is going down and takes no new requests.");
        int running = _requests.Values.Count(static request => !request.Ending);
        if (running >= gateway.Options.WebSocket.MaxRequests)
        {
            throw new ApiException(
                429, "rate_limit_error", null, "too_many_requests",
                $"{running} requests run on this socket, and that is the most it may have (llumnix.gateway.websocket.max-requests).");
        }

        if (!_requests.TryGetValue(reference, out SocketRequest? before)) return;
        if (!before.Ending) throw InUse(reference);

        // Its client may have read its last frame already, so this is short.
        await before.Running;
    }

    private static ApiException InUse(string reference) => ApiException.Invalid("ref", $"A request {reference} already runs on this socket.");

    private static ApiException Unknown(string id, string advice = "") =>
        ApiException.NotFound("request", "unknown_request", $"No request {id} is known here.{advice}");

    private static RequestId IdOf(string text) => RequestId.TryParse(text, out RequestId id)
        ? id.Session
        : throw ApiException.Invalid("request", $"request must be an id of 32 hexadecimal digits, not \"{text}\".");

    /// <summary>Sends one frame when the socket has taken those before it.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Forgets a request that has ended.</summary>
    public void Remove(SocketRequest request, CancellationToken cancellationToken)
    {
        _requests.TryRemove(new KeyValuePair<string, SocketRequest>(request.Reference, request));
        if (_stopping) _ = CloseIfDrainedAsync(cancellationToken);
    }

    private async Task SendErrorAsync(string? reference, ApiException error, CancellationToken cancellationToken)
    {
        // Only the receiving loop comes here, one frame at a time.
        await SendAsync(_frames.Error(reference, error), cancellationToken);
    }

    private async Task CloseIfDrainedAsync(CancellationToken cancellationToken)
    {
        if (!_requests.IsEmpty) return;
        try
        {
            await CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "The server is going down.", cancellationToken);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            log.LogDebug("A socket was gone before it could be closed: {Reason}", error.Message);
        }
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string? sentence, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(status, sentence, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }
}
