using System.Text;
using System.Text.Json;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Tests.Fakes;

namespace Llumnix.Host.Tests.Http;

public sealed class ChatTests : IAsyncLifetime
{
    private const string Path = "/v1/chat/completions";
    private const string Hello = """[{"role":"user","content":"Hello"}]""";

    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    private string Asked() => Encoding.UTF8.GetString([.. Assert.Single(_gateway.Cluster.Asked).Prompt.Select(token => (byte)token)]);

    [Fact]
    public async Task A_chat_answer_has_the_shape_that_OpenAI_clients_read()
    {
        JsonElement answer = await _gateway.AskAsync(Path, $$"""{"model":"bytes","messages":{{Hello}}}""");

        Assert.StartsWith("chatcmpl-", answer.Text("id"), StringComparison.Ordinal);
        Assert.Equal("chat.completion", answer.Text("object"));
        Assert.Equal("assistant", answer.Choice().GetProperty("message").Text("role"));
        Assert.Equal("Once upon a time", answer.Choice().GetProperty("message").Text("content"));
        Assert.Equal("stop", answer.Choice().Text("finish_reason"));
        Assert.Equal("user:Hello\nassistant:", Asked());
        Assert.Equal(Asked().Length, answer.GetProperty("usage").Number("prompt_tokens"));
    }

    [Fact]
    public async Task A_chat_may_use_all_the_context_that_is_left()
    {
        await _gateway.AskAsync(Path, $$"""{"messages":{{Hello}}}""");

        GenerateRequest asked = Assert.Single(_gateway.Cluster.Asked);
        Assert.Equal(TestGateway.Context - asked.Prompt.Length, asked.Sampling.MaxTokens);
    }

    [Theory]
    [InlineData("\"max_tokens\":5", 5)]
    [InlineData("\"max_completion_tokens\":6", 6)]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":6", 6)]
    public async Task Either_name_limits_the_tokens(string keys, int expected)
    {
        await _gateway.AskAsync(Path, $$"""{"messages":{{Hello}},{{keys}}}""");

        Assert.Equal(expected, Assert.Single(_gateway.Cluster.Asked).Sampling.MaxTokens);
    }

    [Fact]
    public async Task A_stream_opens_with_the_role_and_closes_with_the_reason_usage_and_done()
    {
        List<string> events = await _gateway.EventsAsync(Path, $$$"""{"messages":{{{Hello}}},"n":2,"stream":true,"stream_options":{"include_usage":true}}""");

        Assert.Equal("[DONE]", events[^1]);
        JsonElement usage = JsonElement.Parse(events[^2]);
        Assert.Equal(JsonValueKind.Array, usage.GetProperty("choices").ValueKind);
        Assert.Equal(32, usage.GetProperty("usage").Number("completion_tokens"));
        JsonElement[] chunks = [.. events.SkipLast(2).Select(e => JsonElement.Parse(e))];
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", chunk.Text("object")));
        foreach (IGrouping<int, JsonElement> choice in chunks.Select(chunk => chunk.Choice()).GroupBy(choice => choice.Number("index")))
        {
            JsonElement[] deltas = [.. choice.Select(c => c.GetProperty("delta"))];
            Assert.Equal("assistant", deltas[0].Text("role"));
            Assert.All(deltas[1..], delta => Assert.False(delta.TryGetProperty("role", out _)));
            Assert.Equal("Once upon a time", string.Concat(deltas.Where(d => d.TryGetProperty("content", out _)).Select(d => d.Text("content"))));
            Assert.Equal("stop", choice.Last().Text("finish_reason"));
            Assert.All(choice.SkipLast(1), c => Assert.Equal(JsonValueKind.Null, c.GetProperty("finish_reason").ValueKind));
        }
    }

    [Fact]
    public async Task Content_may_be_a_list_of_text_parts()
    {
        await _gateway.AskAsync(Path, """
            {"messages":[{"role":"system","content":"Be brief."},
                         {"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]},
                         {"role":"assistant","content":"C"},{"role":"user","content":"D"}]}
            """);

        Assert.Equal("system:Be brief.\nuser:AB\nassistant:C\nuser:D\nassistant:", Asked());
    }

    [Fact]
    public async Task Log_probabilities_come_with_bytes_and_alternatives()
    {
        _gateway.Cluster.Script = (request, events, gone) => ScriptedClient.SayAsync(request, events, "ab", gone);
        JsonElement answer = await _gateway.AskAsync(Path, $$"""{"messages":{{Hello}},"logprobs":true,"top_logprobs":2}""");

        JsonElement content = answer.Choice().GetProperty("logprobs").GetProperty("content");
        Assert.Equal(2, content.GetArrayLength());
        Assert.Equal("a", content[0].Text("token"));
        Assert.Equal(-0.5, content[0].GetProperty("logprob").GetDouble());
        Assert.Equal([97], content[0].GetProperty("bytes").EnumerateArray().Select(value => value.GetInt32()));
        Assert.Equal(["a", "b"], content[0].GetProperty("top_logprobs").EnumerateArray().Select(top => top.Text("token")));
    }

    [Theory]
    [InlineData("""{}""", "messages")]
    [InlineData("""{"messages":[]}""", "messages")]
    [InlineData("""{"messages":"hi"}""", "messages")]
    [InlineData("""{"messages":["hi"]}""", "messages")]
    [InlineData("""{"messages":[{"content":"hi"}]}""", "messages")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]}]}""", "messages")]
    [InlineData("""{"messages":[{"role":"assistant","content":"x","tool_calls":[{"id":"1"}]}]}""", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"refuse"}]}""", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function"}]}""", "tools")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"tool_choice":"required"}""", "tool_choice")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema"}}""", "response_format")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"modalities":["audio"]}""", "modalities")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"top_logprobs":2}""", "top_logprobs")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"logprobs":true,"top_logprobs":21}""", "top_logprobs")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"logprobs":3}""", "logprobs")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"max_completion_tokens":0}""", "max_completion_tokens")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}],"temperature":-1}""", "temperature")]
    public async Task A_wrong_value_is_refused_by_name_and_starts_nothing(string body, string param)
    {
        JsonElement error = await _gateway.RefusedAsync(Path, body, 400);

        Assert.Equal(param, error.Text("param"));
        Assert.NotEmpty(error.Text("message")!);
        Assert.Empty(_gateway.Cluster.Asked);
    }

    [Fact]
    public async Task Settings_that_ask_for_nothing_special_are_taken()
    {
        await _gateway.AskAsync(Path, $$$"""
            {"messages":{{{Hello}}},"tools":[],"tool_choice":"none","response_format":{"type":"text"},"modalities":["text"],"echo":false,
             "parallel_tool_calls":true,"store":false,"metadata":{"a":"b"},"stream_options":{"include_usage":true}}
            """);

        Assert.Single(_gateway.Cluster.Asked);
    }
}
