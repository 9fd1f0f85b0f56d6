using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Models;
using Llumnix.Host.Http;
using Llumnix.Host.Tests.Fakes;
using Llumnix.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Llumnix.Host.Tests.Serving;

/// <summary>A whole node, four instances of a tiny random model, behind the gateway on a real port.</summary>
public class ServingNode : IAsyncLifetime, IDisposable
{
    public const int Instances = 4;
    public const int BlockSize = 8;

    /// <summary>Fewer than a full context takes, so that a request can be too large for any instance.</summary>
    public const int Blocks = 400;

    private LlumnixNode _node = null!;
    private WebApplication _app = null!;

    /// <summary>A context long enough for a request to be caught under way.</summary>
    private readonly TinyModelFolder _folder = new(TinyModelFolder.Config(ModelFamily.Llama) with { MaxPositions = 4096 });


    /// <summary>The model's folder.</summary>
    protected virtual string ModelPath => _folder.Path;

    /// <summary>Blocks of each instance.</summary>
    protected virtual int BlockCount => Blocks;

    /// <summary>Settings over these.</summary>
    protected virtual IReadOnlyList<string> Settings => [];

    public string Url { get; private set; } = "";

    public HttpClient Http { get; private set; } = null!;

    public BareEngine Engine { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        LlumnixConfiguration configuration = LlumnixConfiguration.Load(sets:
        [
            $"llumnix.model.path={ModelPath}", $"llumnix.instances.count={Instances}", $"llumnix.engine.blocks={BlockCount}",
            $"llumnix.engine.block-size={BlockSize}", "llumnix.engine.threads=1", "llumnix.gateway.bind=127.0.0.1", "llumnix.gateway.port=0",
            // Requests move when a test says so.
            "llumnix.rebalance.policy=none",
            // A resumable request that ended is kept so long.
            "llumnix.delivery.resume-window=10s",
            .. Settings,
        ]);
        ReservedAddress address = ReservedAddress.Bind(configuration.Gateway.Bind, configuration.Gateway.Port);
        _node = await LlumnixNode.StartAsync(configuration);
        _app = GatewayApp.Build(GatewayServices.Of(_node, configuration.Gateway), address, logging => logging.SetMinimumLevel(LogLevel.None));
        await _app.StartAsync();
        Url = address.Url;
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri(Url), Timeout = TimeSpan.FromMinutes(2) };
        Engine = new BareEngine(ModelPath);
    }

    public async Task DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        await _node.StopAsync();
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        Http?.Dispose();
        Engine?.Dispose();
        _folder.Dispose();
    }

    public async Task<JsonElement> AskAsync(string path, string body, int status = 200)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Http.PostAsync(path, content);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, text);
        return JsonElement.Parse(text);
    }

    /// <summary>The text and the token ids of a streamed completion's first choice.</summary>
    public async Task<(string Text, int[] Tokens)> StreamAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Http.PostAsync("/v1/completions", content);
        string all = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, all);
        string[] events = all.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        JsonElement[] choices = [.. events[..^1].Select(e => JsonElement.Parse(e["data: ".Length..]).Choice())];
        return (
            string.Concat(choices.Select(choice => choice.Text("text"))),
            [.. choices.Where(choice => choice.TryGetProperty("token_ids", out _)).SelectMany(choice => choice.GetProperty("token_ids").EnumerateArray()).Select(id => id.GetInt32())]);
    }

    internal async Task<TestSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(Url.Replace("http:", "ws:", StringComparison.Ordinal) + "/v1/stream"), CancellationToken.None);
        return new TestSocket(socket);
    }

    /// <summary>Waits until an instance says that it holds blocks for a running request.</summary>
    public async Task InUseAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            JsonElement instances = JsonElement.Parse(await Http.GetStringAsync("/admin/instances", patience.Token)).GetProperty("instances");
            if (instances.EnumerateArray().Any(one => one.Number("running") > 0 && one.Number("free_blocks") < one.Number("total_blocks"))) return;
        }
    }

    /// <summary>Waits until no instance holds a block or a request for anybody.</summary>
    public async Task AllFreeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string last = "";
        while (true)
        {
            Assert.False(patience.IsCancellationRequested, last);
            JsonElement instances = JsonElement.Parse(await Http.GetStringAsync("/admin/instances")).GetProperty("instances");
            Assert.Equal(Instances, instances.GetArrayLength());
            bool free = instances.EnumerateArray().All(instance =>
                instance.Number("free_blocks") == instance.Number("total_blocks") && instance.Number("running") == 0 && instance.Number("waiting") == 0);
            JsonElement requests = JsonElement.Parse(await Http.GetStringAsync("/admin/requests")).GetProperty("requests");
            last = $"{instances}\n{requests}";
            if (free && requests.GetArrayLength() == 0) return;
        }
    }
}
