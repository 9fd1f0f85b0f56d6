using System.ClientModel;
using System.Text;
using System.Text.Json;
using Llumnix.Host.Tests.Fakes;
using OpenAI;
using OpenAI.Chat;

namespace Llumnix.Host.Tests.Serving;

/// <summary>The usage of a request that was moved while it ran tells of it, and OpenAI's own client is not disturbed by that.</summary>
public sealed class UsageTests(PacedNode node) : IClassFixture<PacedNode>
{
    private const int Tokens = 200;

    private ChatClient Chat => new OpenAIClient(
        new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(node.Url + "/v1") }).GetChatClient("tiny");

    [Fact]
    public async Task A_whole_chat_answer_tells_of_two_moves()
    {
        Task<ClientResult<ChatCompletion>> answering = Chat.CompleteChatAsync(
            [new UserChatMessage("the man")], new ChatCompletionOptions { MaxOutputTokenCount = Tokens, Temperature = 0 });
        await MoveAsync(times: 2);
        ClientResult<ChatCompletion> answer = await answering;

        Assert.InRange(answer.Value.Usage.OutputTokenCount, 1, Tokens);
        IsOf(2, JsonElement.Parse(answer.GetRawResponse().Content.ToMemory().Span).GetProperty("usage"));
    }

    [Fact]
    public async Task The_usage_chunk_of_a_stream_tells_of_a_move()
    {
        Task<string> streaming = PostAsync(
            "/v1/completions", $$"""{"prompt":[1,2,3],"max_tokens":{{Tokens}},"ignore_eos":true,"stream":true,"stream_options":{"include_usage":true} }""");
        await MoveAsync(times: 1);
        string[] events = (await streaming).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        IsOf(1, JsonElement.Parse(events[^2]["data: ".Length..]).GetProperty("usage"));
    }

    [Fact]
    public async Task OpenAIs_client_reads_a_stream_whose_usage_tells_of_a_move()
    {
        Task<ChatTokenUsage?> reading = ReadUsageAsync();
        await MoveAsync(times: 1);

        Assert.InRange((await reading)!.OutputTokenCount, 1, Tokens);

        async Task<ChatTokenUsage?> ReadUsageAsync()
        {
            ChatTokenUsage? usage = null;
            var options = new ChatCompletionOptions { MaxOutputTokenCount = Tokens, Temperature = 0 };
            await foreach (StreamingChatCompletionUpdate update in Chat.CompleteChatStreamingAsync([new UserChatMessage("the man")], options)) usage ??= update.Usage;
            return usage;
        }
    }

    [Fact]
    public async Task The_last_frame_of_a_request_on_a_socket_tells_of_a_move()
    {
        using TestSocket socket = await node.ConnectAsync();
        await socket.SendAsync($$"""{"type":"generate","ref":"a","prompt":[1,2,3],"max_tokens":{{Tokens}},"ignore_eos":true}""");
        await MoveAsync(times: 1);
        List<JsonElement> frames = await socket.UntilAsync("finished");

        Assert.Single(frames, frame => TestSocket.TypeOf(frame) == "moved");
        IsOf(1, frames[^1].GetProperty("usage"));
    }

    [Fact]
    public async Task A_request_that_stayed_tells_of_no_move()
    {
        JsonElement answer = await node.AskAsync("/v1/completions", """{"prompt":[1,2,3],"max_tokens":4}""");

        IsOf(0, answer.GetProperty("usage"));
    }

    private static void IsOf(int moves, JsonElement usage)
    {
        JsonElement told = usage.GetProperty("llumnix");
        Assert.Equal(moves, told.Number("migrations"));
        Assert.Equal(0, told.Number("recoveries"));
        JsonElement[] downtimes = [.. told.GetProperty("downtimes_ms").EnumerateArray()];
        Assert.Equal(moves, downtimes.Length);
        Assert.All(downtimes, downtime => Assert.True(downtime.GetDouble() > 0));
    }

    private async Task<string> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await node.Http.PostAsync(path, content);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    /// <summary>Moves the node's one request, and waits each time until it runs there.</summary>
    private async Task MoveAsync(int times)
    {
        string[] instances = [.. (await GetAsync("instances")).Select(instance => instance.Text("id")!)];
        for (int moved = 0; moved < times; moved++)
        {
            JsonElement request = await UntilAsync(request => request.Text("state") == "running");
            string there = instances.First(instance => instance != request.Text("instance"));
            await PostAsync("/admin/migrate", $$"""{"request_id":"{{request.Text("id")}}","to":"{{there}}"}""");
            await UntilAsync(request => request.Number("migrations") == moved + 1);
        }
    }

    private async Task<JsonElement> UntilAsync(Func<JsonElement, bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            JsonElement[] requests = await GetAsync("requests");
            if (requests.Length == 1 && condition(requests[0])) return requests[0];
            Assert.False(patience.IsCancellationRequested, string.Join('\n', requests));
        }
    }

    private async Task<JsonElement[]> GetAsync(string what) =>
        [.. JsonElement.Parse(await node.Http.GetStringAsync($"/admin/{what}")).GetProperty(what).EnumerateArray()];
}
