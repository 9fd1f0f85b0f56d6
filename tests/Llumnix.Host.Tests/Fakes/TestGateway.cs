using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Metrics;
using Llumnix.Gpu.Chat;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Http;
using Llumnix.Host.Models;
using Llumnix.Scheduling.Load;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Llumnix.Host.Tests.Fakes;

/// <summary>The gateway on a real port, in front of a scripted cluster.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    public const int Context = 200;

    private readonly WebApplication _app;

    private TestGateway(WebApplication app, ScriptedClient cluster, string url)
    {
        _app = app;
        Cluster = cluster;
        Http = new HttpClient { BaseAddress = new Uri(url) };
    }

    public ScriptedClient Cluster { get; }

    public HttpClient Http { get; }

    public bool Ready { get; set; } = true;

    public static GatewayOptions Options { get; } = new()
    {
        Bind = "127.0.0.1",
        Port = 0,
        MaxBody = 1 << 20,
        MaxChoices = 8,
        ApiKeys = [],
        RetryAfter = TimeSpan.FromSeconds(1.2),
        DrainTimeout = TimeSpan.FromSeconds(20),
        WebSocket = new() { MaxFrame = 4096, MaxRequests = 4, KeepAlive = TimeSpan.FromSeconds(30), AllowedOrigins = ["https://friend.example"] },
    };

    public static async Task<TestGateway> StartAsync(GatewayOptions? options = null)
    {
        options ??= Options;
        var cluster = new ScriptedClient();
        var model = new ServedModel
        {
            Name = "bytes",
            Tokenizer = new ByteTokenizer(),
            VocabularySize = 258,
            Context = Context,
            Defaults = new SamplingParameters { TopP = 0.9f },
            Created = DateTimeOffset.UnixEpoch.AddSeconds(5),
            ChatText = Chat,
        };
        TestGateway? gateway = null;
        var services = new GatewayServices(
            cluster, new FixedAdmin(), new ModelCatalog([model]), options, () => gateway!.Ready, new NodeMetrics(Headrooms.None), TimeProvider.System);
        ReservedAddress address = ReservedAddress.Bind(options.Bind, options.Port);
        WebApplication app = GatewayApp.Build(services, address, logging => logging.SetMinimumLevel(LogLevel.None));
        gateway = new TestGateway(app, cluster, address.Url);
        await app.StartAsync();
        return gateway;
    }

    /// <summary>Posts a body as it stands.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string body) =>
        Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

    /// <summary>Posts a body that must be answered well.</summary>
    public async Task<JsonElement> AskAsync(string path, string body)
    {
        using HttpResponseMessage answer = await PostAsync(path, body);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonElement.Parse(text);
    }

    /// <summary>Posts a body that must be refused with <paramref name="status"/>; returns the error object.</summary>
    public async Task<JsonElement> RefusedAsync(string path, string body, int status)
    {
        using HttpResponseMessage answer = await PostAsync(path, body);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        JsonElement error = JsonElement.Parse(text).GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        return error;
    }

    /// <summary>The payloads of a stream's events, the closing one included.</summary>
    public async Task<List<string>> EventsAsync(string path, string body)
    {
        using HttpResponseMessage answer = await PostAsync(path, body);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        var events = new List<string>();
        foreach (string block in text[..^2].Split("\n\n"))
        {
            Assert.StartsWith("data: ", block, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', block);
            events.Add(block["data: ".Length..]);
        }

        return events;
    }

    public async Task<TestSocket> ConnectAsync(Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        configure?.Invoke(socket.Options);
        await socket.ConnectAsync(new Uri($"ws://{Http.BaseAddress!.Authority}/v1/stream"), CancellationToken.None);
        return new TestSocket(socket);
    }

    /// <summary>Tells the application to end and waits until it has.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static string Chat(IReadOnlyList<ChatMessage> turns, bool addGenerationPrompt)
    {
        if (turns[^1].Content == "refuse") throw new ChatTemplateException("messages do not please this template.");
        return string.Concat(turns.Select(turn => $"{turn.Role}:{turn.Content}\n")) + (addGenerationPrompt ? "assistant:" : "");
    }
}
