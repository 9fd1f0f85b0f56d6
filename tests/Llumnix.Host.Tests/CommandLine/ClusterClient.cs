using System.Text;
using System.Text.Json;
using Llumnix.Host.Tests.Fakes;

namespace Llumnix.Host.Tests.CommandLine;

/// <summary>Asks a gateway of real processes, as operators and clients do.</summary>
internal sealed class ClusterClient(Uri gateway) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(3) };

    public void Dispose() => _http.Dispose();

    public async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await _http.GetStringAsync(path));

    /// <summary>The instances that have not stopped, by id.</summary>
    public async Task<JsonElement[]> InstancesAsync() =>
        [.. (await GetAsync("/admin/instances")).GetProperty("instances").EnumerateArray().Where(instance => instance.Text("state") != "stopped")];

    /// <summary>Waits until the instances are as asked; returns them.</summary>
    public async Task<JsonElement[]> InstancesAreAsync(Func<JsonElement[], bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            JsonElement[] instances = await InstancesAsync();
            if (condition(instances)) return instances;
            Assert.False(patience.IsCancellationRequested, $"The instances are not as awaited: {string.Join('\n', instances)}");
        }
    }

    public async Task<(int Status, JsonElement Body)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _http.PostAsync(path, content);
        return ((int)answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>Streams a completion; <paramref name="body"/> must ask for token ids and usage. Completes <paramref name="begun"/> at its first token.</summary>
    public async Task<(int[] Tokens, JsonElement Usage)> StreamAsync(string body, TaskCompletionSource? begun = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var tokens = new List<int>();
        JsonElement usage = default;
        while (await reader.ReadLineAsync() is { } line)
        {
            const string Data = "data: ";
            if (!line.StartsWith(Data, StringComparison.Ordinal) || line == "data: [DONE]") continue;
            JsonElement part = JsonElement.Parse(line[Data.Length..]);
            if (part.TryGetProperty("usage", out JsonElement used) && used.ValueKind == JsonValueKind.Object) usage = used;
            foreach (JsonElement choice in part.GetProperty("choices").EnumerateArray())
            {
                if (choice.TryGetProperty("token_ids", out JsonElement ids)) tokens.AddRange(ids.EnumerateArray().Select(id => id.GetInt32()));
            }

            if (tokens.Count > 0) begun?.TrySetResult();
        }

        return ([.. tokens], usage);
    }
}
