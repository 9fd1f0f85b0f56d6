using System.ClientModel;
using System.Net.WebSockets;
using System.Text.Json;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Tests.Fakes;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace Llumnix.Host.Tests.Serving;

/// <summary>Real clients, a real node, and the bare engine as the judge.</summary>
public sealed class ServingTests(ServingNode node) : IClassFixture<ServingNode>
{
    private const string Question = "the man and the hen";

    private ChatClient Chat => new OpenAIClient(
        new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(node.Url + "/v1") }).GetChatClient("tiny");

    private int[] ChatPrompt => node.Engine.Folder.Tokenizer.Encode(
        node.Engine.Folder.ChatTemplate!.Render([new("user", Question)], addGenerationPrompt: true), addSpecialTokens: false);

    private string RightChatAnswer(SamplingParameters sampling) => node.Engine.TextOf(ChatPrompt, node.Engine.Generate(ChatPrompt, sampling));

    [Fact]
    public async Task The_OpenAI_client_gets_the_engines_own_answer()
    {
        ChatCompletion answer = await Chat.CompleteChatAsync(
            [new UserChatMessage(Question)], new ChatCompletionOptions { MaxOutputTokenCount = 20, Temperature = 0 });

        Assert.Equal(RightChatAnswer(new() { Temperature = 0, MaxTokens = 20 }), answer.Content[0].Text);
        Assert.Equal(ChatPrompt.Length, answer.Usage.InputTokenCount);
        Assert.Equal(OpenAI.Chat.ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal("tiny", answer.Model);
    }

    [Fact]
    public async Task The_OpenAI_client_streams_the_engines_own_answer()
    {
        var text = new System.Text.StringBuilder();
        OpenAI.Chat.ChatFinishReason? reason = null;
        ChatTokenUsage? usage = null;
#pragma warning disable OPENAI001 // The seed is marked as one that may change; it is what makes the answer comparable.
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 20, Temperature = 1, Seed = 11 };
#pragma warning restore OPENAI001
        await foreach (StreamingChatCompletionUpdate update in Chat.CompleteChatStreamingAsync([new UserChatMessage(Question)], options))
        {
            foreach (ChatMessageContentPart part in update.ContentUpdate) text.Append(part.Text);
            reason ??= update.FinishReason;
            usage ??= update.Usage;
        }

        Assert.Equal(RightChatAnswer(new() { Temperature = 1, MaxTokens = 20, Seed = 11 }), text.ToString());
        Assert.Equal(OpenAI.Chat.ChatFinishReason.Length, reason);
        Assert.Equal(20, usage!.OutputTokenCount);
    }

    [Fact]
    public async Task The_OpenAI_client_reads_log_probabilities_and_errors()
    {
        ChatCompletion answer = await Chat.CompleteChatAsync(
            [new UserChatMessage(Question)],
            new ChatCompletionOptions { MaxOutputTokenCount = 5, Temperature = 0, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 });
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(
            () => Chat.CompleteChatAsync([new UserChatMessage(Question)], new ChatCompletionOptions { Temperature = -1 }));

        Assert.Equal(5, answer.ContentTokenLogProbabilities.Count);
        // Greedy: the chosen token is the likeliest.
        Assert.All(answer.ContentTokenLogProbabilities, token => Assert.Equal(token.LogProbability, token.TopLogProbabilities[0].LogProbability, 4));
        Assert.Equal(400, error.Status);
        Assert.Contains("temperature", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_chat_client_of_Microsoft_Extensions_AI_gets_the_engines_own_answer(bool stream)
    {
        using IChatClient client = Chat.AsIChatClient();
        var options = new ChatOptions { MaxOutputTokens = 16, Temperature = 1, Seed = 5 };
        string text;
        if (stream)
        {
            var updates = new List<ChatResponseUpdate>();
            await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Question, options)) updates.Add(update);
            ChatResponse response = updates.ToChatResponse();
            text = response.Text;
            Assert.Equal(16, response.Usage!.OutputTokenCount);
        }
        else
        {
            text = (await client.GetResponseAsync(Question, options)).Text;
        }

        Assert.Equal(RightChatAnswer(new() { Temperature = 1, MaxTokens = 16, Seed = 5 }), text);
    }

    [Fact]
    public async Task Choices_are_those_of_seeds_one_after_the_other()
    {
        int[] prompt = [10, 20, 30];
        JsonElement answer = await node.AskAsync("/v1/completions", """{"prompt":[10,20,30],"n":3,"seed":100,"max_tokens":12,"return_token_ids":true}""");

        for (ulong choice = 0; choice < 3; choice++)
        {
            Assert.Equal(
                node.Engine.Generate(prompt, new() { Seed = 100 + choice, MaxTokens = 12 }),
                answer.Choice((int)choice).GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()));
        }
    }

    [Fact]
    public async Task Sixty_four_streams_at_once_over_four_instances_equal_runs_one_at_a_time()
    {
        // Half greedy, half seeded, prompts of all lengths; some share prefixes.
        var calls = Enumerable.Range(0, 64).Select(i => (
            Prompt: Enumerable.Range(0, 3 + (i * 5 % 60)).Select(at => ((i % 8 * 31) + (at * 7)) % 250).ToArray(),
            Sampling: new SamplingParameters
            {
                Temperature = i % 2,
                Seed = (ulong)i * 17,
                TopP = i % 4 == 3 ? 0.8f : 1,
                MaxTokens = 8 + (i % 20),
                IgnoreEos = true,
            })).ToArray();

        (string Text, int[] Tokens)[] streamed = await Task.WhenAll(calls.Select(call => node.StreamAsync(
            $$"""
            {"prompt":[{{string.Join(',', call.Prompt)}}],"temperature":{{call.Sampling.Temperature}},"seed":{{call.Sampling.Seed}},
             "top_p":{{(call.Sampling.TopP == 1 ? "1" : "0.8")}},"max_tokens":{{call.Sampling.MaxTokens}},"ignore_eos":true,"stream":true,"return_token_ids":true}
            """)));

        for (int i = 0; i < calls.Length; i++) Assert.Equal(node.Engine.Generate(calls[i].Prompt, calls[i].Sampling), streamed[i].Tokens);
        JsonElement instances = JsonElement.Parse(await node.Http.GetStringAsync("/admin/instances")).GetProperty("instances");
        Assert.All(instances.EnumerateArray(), instance => Assert.NotEqual(0, instance.Number("generated_tokens")));
        await node.AllFreeAsync();
    }

    [Fact]
    public async Task A_WebSocket_client_gets_the_engines_own_answers_to_many_requests_at_once()
    {
        using TestSocket socket = await node.ConnectAsync();
        for (int i = 0; i < 16; i++)
        {
            await socket.SendAsync($$"""{"type":"generate","ref":"r{{i}}","prompt":[{{i}},5,6],"seed":{{i}},"max_tokens":10,"ignore_eos":true}""");
        }

        var tokens = new Dictionary<string, List<int>>();
        for (int left = 16; left > 0;)
        {
            JsonElement frame = await socket.ReceiveAsync();
            string reference = frame.Text("ref")!;
            switch (TestSocket.TypeOf(frame))
            {
                case "accepted":
                    tokens[reference] = [];
                    break;
                case "token":
                    Assert.Equal(tokens[reference].Count, frame.Number("index"));
                    tokens[reference].Add(frame.Number("id"));
                    break;
                case "finished":
                    Assert.Equal("length", frame.Text("reason"));
                    left--;
                    break;
                default:
                    Assert.Fail(frame.ToString());
                    break;
            }
        }

        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(node.Engine.Generate([i, 5, 6], new() { Seed = (ulong)i, MaxTokens = 10, IgnoreEos = true }), tokens[$"r{i}"]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_socket_closed_in_mid_stream_frees_every_block(bool abort)
    {
        using (TestSocket socket = await node.ConnectAsync())
        {
            await socket.SendAsync("""{"type":"generate","ref":"a","prompt":[1,2,3],"max_tokens":3000,"ignore_eos":true,"n":2}""");
            await socket.UntilAsync("token");
            await node.InUseAsync();
            if (abort) socket.Socket.Abort();
            else await socket.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await node.AllFreeAsync();
    }

    [Fact]
    public async Task A_stream_left_in_the_middle_frees_every_block()
    {
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions"))
        {
            request.Content = new StringContent("""{"prompt":[1,2,3],"max_tokens":3000,"ignore_eos":true,"stream":true}""");
            using HttpResponseMessage answer = await node.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            using Stream body = await answer.Content.ReadAsStreamAsync();
            Assert.True(await body.ReadAsync(new byte[100]) > 0);
            await node.InUseAsync();
        }

        await node.AllFreeAsync();
    }

    [Fact]
    public async Task A_cancelled_request_frees_its_blocks_and_keeps_what_it_said()
    {
        using TestSocket socket = await node.ConnectAsync();
        await socket.SendAsync("""{"type":"generate","ref":"a","prompt":[1,2,3],"max_tokens":3000,"ignore_eos":true}""");
        await socket.UntilAsync("token");
        await node.InUseAsync();
        await socket.SendAsync("""{"type":"cancel","ref":"a"}""");
        JsonElement finished = (await socket.UntilAsync("finished"))[^1];

        Assert.InRange(finished.Number("tokens"), 1, 2999);
        await node.AllFreeAsync();
    }

    [Fact]
    public async Task A_resumable_request_goes_on_without_its_socket_and_its_tokens_come_from_the_offset()
    {
        int[] right = node.Engine.Generate([7, 8, 9], new() { Seed = 3, MaxTokens = 60, IgnoreEos = true });
        string id;
        using (TestSocket socket = await node.ConnectAsync())
        {
            await socket.SendAsync("""{"type":"generate","ref":"a","prompt":[7,8,9],"seed":3,"max_tokens":60,"ignore_eos":true,"resumable":true}""");
            id = (await socket.UntilAsync("token"))[0].Text("request")!;
            socket.Socket.Abort();
        }

        using TestSocket other = await node.ConnectAsync();
        await other.SendAsync($$"""{"type":"resume","ref":"b","request":"{{id}}","offsets":[1]}""");
        List<JsonElement> frames = await other.UntilAsync("finished");

        Assert.True(frames[0].TryGetProperty("resumed", out _), frames[0].ToString());
        Assert.Equal(right[1..], frames.Where(frame => TestSocket.TypeOf(frame) == "token").Select(frame => frame.Number("id")));
        Assert.Equal(60, frames[^1].GetProperty("usage").Number("completion_tokens"));
        Assert.Equal(3, frames[^1].GetProperty("usage").Number("prompt_tokens"));
        await node.AllFreeAsync();
    }

    [Fact]
    public async Task A_request_that_nobody_knows_is_generated_again_to_the_same_tokens()
    {
        int[] right = node.Engine.Generate([7, 8, 9], new() { Seed = 4, MaxTokens = 12, IgnoreEos = true });
        using TestSocket socket = await node.ConnectAsync();
        await socket.SendAsync("""
            {"type":"resume","ref":"b","request":"0123456789abcdef0123456789ab0000","offsets":[5],
             "body":{"prompt":[7,8,9],"seed":4,"max_tokens":12,"ignore_eos":true}}
            """);
        List<JsonElement> frames = await socket.UntilAsync("finished");

        Assert.True(frames[0].TryGetProperty("regenerated", out _), frames[0].ToString());
        Assert.Equal(right[5..], frames.Where(frame => TestSocket.TypeOf(frame) == "token").Select(frame => frame.Number("id")));
    }

    [Fact]
    public async Task A_request_larger_than_any_instance_is_refused_and_leaves_nothing()
    {
        // 3301 tokens take 413 blocks of 8, but an instance has 400.
        JsonElement answer = await node.AskAsync("/v1/completions", """{"prompt":[1],"max_tokens":3300,"ignore_eos":true}""", 400);

        Assert.Contains("400", answer.GetProperty("error").Text("message"), StringComparison.Ordinal);
        await node.AllFreeAsync();
    }

    [Fact]
    public async Task Stop_strings_end_the_text_before_them_streaming_or_not()
    {
        int[] prompt = [1, 2];
        string whole = node.Engine.TextOf(prompt, node.Engine.Generate(prompt, new() { Seed = 9, MaxTokens = 40, IgnoreEos = true }));
        char letter = whole.Skip(10).First(char.IsAsciiLetter);
        string expected = whole[..whole.IndexOf(letter, StringComparison.Ordinal)];

        string body = $$"""{"prompt":[1,2],"seed":9,"max_tokens":40,"ignore_eos":true,"stop":["{{letter}}"]""";
        JsonElement answer = await node.AskAsync("/v1/completions", body + "}");
        (string streamed, _) = await node.StreamAsync(body + ",\"stream\":true}");

        Assert.Equal(expected, answer.Choice().Text("text"));
        Assert.Equal(("stop", letter.ToString()), (answer.Choice().Text("finish_reason"), answer.Choice().Text("stop_reason")));
        Assert.Equal(expected, streamed);
    }
}
