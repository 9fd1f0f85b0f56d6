using System.Net;
using System.Text;
using System.Text.Json;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Tests.Fakes;
using Llumnix.Host.Tests.Serving;
using Llumnix.Testing;

namespace Llumnix.Host.Tests.CommandLine;

/// <summary>Several processes as one cluster, joined by nothing but flags.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly TinyModelFolder _folder = new(TinyModelFolder.Config(ModelFamily.Llama) with { MaxPositions = 1024 });
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    private LlumnixProcess Start(params string[] args) => LlumnixProcess.Start(
        [
            "--model", _folder.Path, "--instances", "1", "--set", "llumnix.engine.threads=1", "--set", "llumnix.rebalance.policy=none", "--set", "llumnix.engine.blocks=200",
            // Eight tokens in 40 ms at most, so that a request of some hundred tokens is there to be moved.
            "--set", "llumnix.delivery.max-unacked=8", "--set", "llumnix.delivery.ack-interval=40ms", .. args,
        ]);

    private async Task<JsonElement[]> InstancesAsync(Uri gateway) =>
        [.. JsonElement.Parse(await _http.GetStringAsync(new Uri(gateway, "/admin/instances"))).GetProperty("instances").EnumerateArray()];

    /// <summary>Waits until a gateway knows as many instances; returns their ids.</summary>
    private async Task<string[]> KnowsAsync(Uri gateway, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            JsonElement[] instances = await InstancesAsync(gateway);
            if (instances.Length == count) return [.. instances.Select(instance => instance.Text("id")!).Order(StringComparer.Ordinal)];
            Assert.False(patience.IsCancellationRequested, $"{gateway} knows {instances.Length} instances, not {count}.");
        }
    }

    private async Task<HttpResponseMessage> PostAsync(Uri address, string path, string body, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return await _http.SendAsync(request, until);
    }

    private async Task DrainAsync(Uri gateway, string instance, bool on)
    {
        using (HttpResponseMessage answer = await PostAsync(gateway, $"/admin/instances/{instance}/{(on ? "drain" : "undrain")}", ""))
        {
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await InstancesAsync(gateway)).Single(one => one.Text("id") == instance).Text("state") != (on ? "draining" : "ready"))
        {
            Assert.False(patience.IsCancellationRequested, $"{instance} is not told of being drained or not.");
        }
    }

    /// <summary>Waits until the gateway's only request runs somewhere; returns its id and where.</summary>
    private async Task<(string Id, string Instance)> RunningAsync(Uri gateway)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            JsonElement all = JsonElement.Parse(await _http.GetStringAsync(new Uri(gateway, "/admin/requests"))).GetProperty("requests");
            if (all.GetArrayLength() == 1 && all[0].Text("state") == "running") return (all[0].Text("id")!, all[0].Text("instance")!);
            Assert.False(patience.IsCancellationRequested, $"No request runs: {all}");
        }
    }

    /// <summary>
    /// Has a request of this gateway run on the other process's instance, by draining its own, and moves it to its own while it streams; its
    /// tokens must be those of the bare engine.
    /// </summary>
    private async Task RunsThereAndMovesAsync(Uri gateway, string own, string other, ulong seed)
    {
        await DrainAsync(gateway, own, on: true);
        Assert.Equal(JsonValueKind.Null, (await InstancesAsync(gateway)).Single(instance => instance.Text("id") == own).GetProperty("freeness").ValueKind);
        using HttpResponseMessage stream = await PostAsync(
            gateway,
            "/v1/completions",
            $$"""{"prompt":[1,2,3],"max_tokens":300,"seed":{{seed}},"ignore_eos":true,"stream":true,"return_token_ids":true}""",
            HttpCompletionOption.ResponseHeadersRead);
        Assert.True(stream.IsSuccessStatusCode, stream.ToString());
        (string request, string instance) = await RunningAsync(gateway);
        Assert.Equal(other, instance);

        await DrainAsync(gateway, own, on: false);
        using (HttpResponseMessage order = await PostAsync(gateway, "/admin/migrate", $$"""{"request_id":"{{request}}","to":"{{own}}"}"""))
        {
            Assert.True(order.StatusCode == HttpStatusCode.Accepted, await order.Content.ReadAsStringAsync());
        }

        string[] events = (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        int[] tokens = [.. events[..^1]
            .Select(text => JsonElement.Parse(text["data: ".Length..]).Choice())
            .Where(choice => choice.TryGetProperty("token_ids", out _))
            .SelectMany(choice => choice.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()))];
        using var engine = new BareEngine(_folder.Path);
        Assert.Equal(engine.Generate([1, 2, 3], new SamplingParameters { Seed = seed, MaxTokens = 300, IgnoreEos = true }), tokens);

        JsonElement moved = Assert.Single(
            JsonElement.Parse(await _http.GetStringAsync(new Uri(gateway, "/admin/migrations"))).GetProperty("migrations").EnumerateArray(),
            migration => migration.Text("request") == request);
        Assert.Equal((other, own, "moved"), (moved.Text("from"), moved.Text("to"), moved.Text("outcome")));
    }

    [Fact]
    public async Task Two_processes_know_each_others_instances_and_a_request_at_either_runs_on_the_others()
    {
        using LlumnixProcess first = Start("--port", "0", "--bind", "localhost:0");
        Uri one = await first.AddressAsync();
        using LlumnixProcess second = Start("--port", "0", "--role", "gateway,instance", "--seed", await first.NodeAsync());
        Uri two = await second.AddressAsync();
        string own = $"{await first.NodeAsync()}/0", other = $"{await second.NodeAsync()}/0";
        string[] all = [.. ((string[])[own, other]).Order(StringComparer.Ordinal)];

        Assert.Equal(all, await KnowsAsync(one, 2));
        Assert.Equal(all, await KnowsAsync(two, 2));

        await RunsThereAndMovesAsync(one, own, other, seed: 1);
        await RunsThereAndMovesAsync(two, other, own, seed: 2);

        await second.SignalAsync("TERM");
        await first.SignalAsync("TERM");
        Assert.Equal((0, 0), (await second.EndAsync(), await first.EndAsync()));
    }

    [Fact]
    public async Task A_node_of_instances_only_serves_health_and_metrics_and_nothing_of_the_gateway()
    {
        using LlumnixProcess front = Start("--port", "0", "--role", "gateway,manager");
        using LlumnixProcess back = Start("--role", "instance", "--seed", await front.NodeAsync());
        Uri address = await front.AddressAsync(), health = await back.AddressAsync();

        Assert.Equal([$"{await back.NodeAsync()}/0"], await KnowsAsync(address, 1));
        using (HttpResponseMessage answer = await PostAsync(address, "/v1/completions", """{"prompt":"the man","max_tokens":5,"ignore_eos":true}"""))
        {
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal("/health/ready", health.AbsolutePath);
        Assert.Contains("ready", await _http.GetStringAsync(health), StringComparison.Ordinal);
        foreach (string path in (string[])["/", "/v1/models", "/admin/instances", "/admin/requests"])
        {
            using HttpResponseMessage nothing = await _http.GetAsync(new Uri(health, path));
            Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        }

        // What its instance did is told here, and how even the cluster is where its whole is known.
        string tokens = $"llumnix_generation_tokens_total{{model_name=\"tiny\",instance=\"{await back.NodeAsync()}/0\"}} 5\n";
        string measured = await _http.GetStringAsync(new Uri(health, "/metrics")), seen = await _http.GetStringAsync(new Uri(address, "/metrics"));
        using var reporting = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!measured.Contains(tokens, StringComparison.Ordinal))
        {
            Assert.False(reporting.IsCancellationRequested, measured);
            measured = await _http.GetStringAsync(new Uri(health, "/metrics"));
        }

        Assert.DoesNotContain("llumnix_std_dev", measured, StringComparison.Ordinal);
        Assert.DoesNotContain("llumnix_generation_tokens_total", seen, StringComparison.Ordinal);
        Assert.Contains("llumnix_request_success_total{model_name=\"tiny\",finished_reason=\"length\"} 1\n", seen, StringComparison.Ordinal);
        Assert.Contains("llumnix_instances{model_name=\"tiny\",state=\"ready\"} 1\n", seen, StringComparison.Ordinal);

        await back.SignalAsync("TERM");
        Assert.Equal(0, await back.EndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await InstancesAsync(address))[0].Text("state") != "stopped") Assert.False(patience.IsCancellationRequested, "The gateway was not told.");
    }
}
