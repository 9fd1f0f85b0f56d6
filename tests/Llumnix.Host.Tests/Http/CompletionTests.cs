using System.Net;
using System.Text.Json;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Tests.Fakes;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Host.Tests.Http;

public sealed class CompletionTests : IAsyncLifetime
{
    private const string Path = "/v1/completions";

    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_completion_has_the_shape_that_OpenAI_clients_read()
    {
        using HttpResponseMessage response = await _gateway.PostAsync(Path, """{"model":"bytes","prompt":"Hi"}""");
        JsonElement answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        GenerateRequest asked = Assert.Single(_gateway.Cluster.Asked);

        Assert.Equal(asked.Id.ToString(), Assert.Single(response.Headers.GetValues("x-request-id")));
        Assert.Equal($"cmpl-{asked.Id}", answer.Text("id"));
        Assert.Equal("text_completion", answer.Text("object"));
        Assert.Equal("bytes", answer.Text("model"));
        Assert.Equal("Once upon a time", answer.Choice().Text("text"));
        Assert.Equal("stop", answer.Choice().Text("finish_reason"));
        Assert.Equal(JsonValueKind.Null, answer.Choice().GetProperty("logprobs").ValueKind);
        Assert.Equal(3, answer.GetProperty("usage").Number("prompt_tokens"));
        Assert.Equal(16, answer.GetProperty("usage").Number("completion_tokens"));
        Assert.Equal(19, answer.GetProperty("usage").Number("total_tokens"));
    }

    [Fact]
    public async Task A_stream_ends_with_the_finish_reason_then_usage_then_done()
    {
        List<string> events = await _gateway.EventsAsync(
            Path, """{"prompt":"Hi","stream":true,"stream_options":{"include_usage":true}}""");

        Assert.Equal("[DONE]", events[^1]);
        JsonElement usage = JsonElement.Parse(events[^2]);
        Assert.Equal(0, usage.GetProperty("choices").GetArrayLength());
        Assert.Equal(19, usage.GetProperty("usage").Number("total_tokens"));
        JsonElement last = JsonElement.Parse(events[^3]);
        Assert.Equal("stop", last.Choice().Text("finish_reason"));
        JsonElement[] chunks = [.. events[..^3].Select(e => JsonElement.Parse(e))];
        Assert.All(chunks, chunk => Assert.Equal(JsonValueKind.Null, chunk.Choice().GetProperty("finish_reason").ValueKind));
        Assert.All(chunks, chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Equal("Once upon a time", string.Concat(chunks.Select(chunk => chunk.Choice().Text("text"))));
        Assert.Single(events.SkipLast(1).Select(e => JsonElement.Parse(e).Text("id")).Distinct());
    }

    [Fact]
    public async Task A_stream_without_usage_asked_for_says_none()
    {
        List<string> events = await _gateway.EventsAsync(Path, """{"prompt":"Hi","stream":true}""");

        Assert.DoesNotContain(events, e => e.Contains("usage", StringComparison.Ordinal));
        Assert.Equal("stop", JsonElement.Parse(events[^2]).Choice().Text("finish_reason"));
    }

    [Fact]
    public async Task Text_of_any_script_arrives_unharmed_in_one_line_an_event()
    {
        const string Said = "\"Zażółć\"\n\t\\ 雪 \u2028 \u0001 </script>";
        _gateway.Cluster.Script = (request, events, gone) => ScriptedClient.SayAsync(request, events, Said, gone);

        List<string> chunks = await _gateway.EventsAsync(Path, """{"prompt":"Hi","stream":true}""");
        JsonElement whole = await _gateway.AskAsync(Path, """{"prompt":"Hi"}""");

        Assert.Equal(Said, string.Concat(chunks.SkipLast(1).Select(e => JsonElement.Parse(e).Choice().Text("text"))));
        Assert.Equal(Said, whole.Choice().Text("text"));
    }

    [Theory]
    [InlineData("""{"prompt":"ab"}""", new[] { "256,97,98" })]
    [InlineData("""{"prompt":"ab","add_special_tokens":false}""", new[] { "97,98" })]
    [InlineData("""{"prompt":["a","b"]}""", new[] { "256,97", "256,98" })]
    [InlineData("""{"prompt":[5,6,7]}""", new[] { "5,6,7" })]
    [InlineData("""{"prompt":[[5,6],[7]]}""", new[] { "5,6", "7" })]
    public async Task Prompts_come_as_text_or_tokens_alone_or_in_lists(string body, string[] prompts)
    {
        JsonElement answer = await _gateway.AskAsync(Path, body);

        Assert.Equal(prompts, _gateway.Cluster.Asked.Select(asked => string.Join(',', asked.Prompt)));
        Assert.Equal(prompts.Length, answer.GetProperty("choices").GetArrayLength());
        Assert.Equal(_gateway.Cluster.Asked.Sum(asked => asked.Prompt.Length), answer.GetProperty("usage").Number("prompt_tokens"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Choices_of_several_prompts_are_numbered_prompt_by_prompt_and_run_side_by_side(bool stream)
    {
        using var bothRun = new Barrier(2);
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            // Neither prompt's session ends before the other has begun.
            await Task.Run(() => bothRun.SignalAndWait(TimeSpan.FromSeconds(30), gone), gone);
            char name = (char)request.Prompt[1];
            for (int choice = 0; choice < request.Choices; choice++)
            {
                await events.WriteAsync(GenerationEvent.OfToken(choice, 0, name, $"{name}{choice}", null), gone);
                await events.WriteAsync(GenerationEvent.OfFinish(choice, 1, "", FinishReason.Length, null), gone);
            }
        };

        string body = $$"""{"prompt":["a","b"],"n":2,"stream":{{(stream ? "true" : "false")}}}""";
        string[] texts;
        if (stream)
        {
            List<string> events = await _gateway.EventsAsync(Path, body);
            texts = [.. events.SkipLast(1).Select(e => JsonElement.Parse(e).Choice())
                .GroupBy(choice => choice.Number("index")).OrderBy(group => group.Key).Select(group => string.Concat(group.Select(c => c.Text("text"))))];
        }
        else
        {
            JsonElement answer = await _gateway.AskAsync(Path, body);
            texts = [.. answer.GetProperty("choices").EnumerateArray().Select(choice => choice.Text("text")!)];
            Assert.Equal(4, answer.GetProperty("usage").Number("completion_tokens"));
        }

        Assert.Equal(["a0", "a1", "b0", "b1"], texts);
    }

    [Fact]
    public async Task Every_sampling_field_reaches_the_cluster()
    {
        await _gateway.AskAsync(Path, """
            {"prompt":"x","temperature":0.5,"top_p":0.25,"top_k":7,"min_p":0.125,"repetition_penalty":1.5,"presence_penalty":-1,
             "frequency_penalty":2,"logit_bias":{"65":-100,"66":1.5},"seed":-1,"stop":["a","b"],"stop_token_ids":[3,4],"min_tokens":2,
             "max_tokens":9,"ignore_eos":true,"include_stop_str_in_output":true,"logprobs":3,"n":2,"best_of":2,"priority":"high",
             "user":"someone","made_up_key":[1]}
            """);
        GenerateRequest asked = Assert.Single(_gateway.Cluster.Asked);

        Assert.Equal(0.5f, asked.Sampling.Temperature);
        Assert.Equal(0.25f, asked.Sampling.TopP);
        Assert.Equal(7, asked.Sampling.TopK);
        Assert.Equal(0.125f, asked.Sampling.MinP);
        Assert.Equal(1.5f, asked.Sampling.RepetitionPenalty);
        Assert.Equal(-1f, asked.Sampling.PresencePenalty);
        Assert.Equal(2f, asked.Sampling.FrequencyPenalty);
        Assert.Equal([new(65, -100f), new(66, 1.5f)], asked.Sampling.LogitBias.OrderBy(bias => bias.Key));
        Assert.Equal(ulong.MaxValue, asked.Sampling.Seed);
        Assert.Equal(["a", "b"], asked.Sampling.Stop);
        Assert.Equal([3, 4], asked.Sampling.StopTokenIds);
        Assert.Equal(2, asked.Sampling.MinTokens);
        Assert.Equal(9, asked.Sampling.MaxTokens);
        Assert.True(asked.Sampling.IgnoreEos);
        Assert.True(asked.Sampling.IncludeStop);
        Assert.Equal(3, asked.Sampling.Logprobs);
        Assert.Equal(2, asked.Choices);
        Assert.Equal(Priority.High, asked.Priority);
    }

    [Fact]
    public async Task Null_is_absent_and_what_is_absent_comes_from_the_model_and_the_API()
    {
        await _gateway.AskAsync(Path, """{"prompt":"x","temperature":null,"top_p":null,"stop":null,"seed":null,"n":null,"stream":null,"logprobs":null}""");
        GenerateRequest asked = Assert.Single(_gateway.Cluster.Asked);

        Assert.Equal(1f, asked.Sampling.Temperature);
        Assert.Equal(0.9f, asked.Sampling.TopP);
        Assert.Equal(16, asked.Sampling.MaxTokens);
        Assert.InRange(asked.Sampling.Seed, 0UL, (1UL << 53) - 1);
        Assert.Equal(Priority.Normal, asked.Priority);
        Assert.Null(asked.Sampling.Logprobs);
    }

    [Fact]
    public async Task Requests_without_a_seed_draw_different_ones()
    {
        await _gateway.AskAsync(Path, """{"prompt":"x"}""");
        await _gateway.AskAsync(Path, """{"prompt":"x"}""");

        Assert.Equal(2, _gateway.Cluster.Asked.Select(asked => asked.Sampling.Seed).Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Echo_puts_the_prompt_in_front(bool stream)
    {
        string body = $$"""{"prompt":"Hi! ","echo":true,"stream":{{(stream ? "true" : "false")}}}""";
        string text = stream
            ? string.Concat((await _gateway.EventsAsync(Path, body)).SkipLast(1).Select(e => JsonElement.Parse(e).Choice().Text("text")))
            : (await _gateway.AskAsync(Path, body)).Choice().Text("text")!;

        Assert.Equal("Hi! Once upon a time", text);
    }

    [Fact]
    public async Task Token_ids_come_back_where_asked_for()
    {
        const string Body = """{"prompt":"a","return_token_ids":true}""";
        JsonElement whole = (await _gateway.AskAsync(Path, Body)).Choice();
        List<string> events = await _gateway.EventsAsync(Path, Body.Replace("true}", "true,\"stream\":true}", StringComparison.Ordinal));
        JsonElement[] chunks = [.. events.SkipLast(1).Select(e => JsonElement.Parse(e).Choice())];
        int[] said = [.. "Once upon a time".Select(letter => (int)letter)];

        Assert.Equal([256, 97], whole.GetProperty("prompt_token_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(said, whole.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal([256, 97], chunks[0].GetProperty("prompt_token_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(said, chunks.Where(c => c.TryGetProperty("token_ids", out _)).SelectMany(c => c.GetProperty("token_ids").EnumerateArray()).Select(id => id.GetInt32()));
    }

    [Fact]
    public async Task Log_probabilities_come_in_the_legacy_form()
    {
        _gateway.Cluster.Script = (request, events, gone) => ScriptedClient.SayAsync(request, events, "ab", gone);
        JsonElement whole = (await _gateway.AskAsync(Path, """{"prompt":"x","logprobs":2}""")).Choice().GetProperty("logprobs");

        Assert.Equal(["a", "b"], whole.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()));
        Assert.Equal([-0.5, -0.5], whole.GetProperty("token_logprobs").EnumerateArray().Select(value => value.GetDouble()));
        Assert.Equal(-1.5, whole.GetProperty("top_logprobs")[0].GetProperty("b").GetDouble());
        Assert.Equal([0, 1], whole.GetProperty("text_offset").EnumerateArray().Select(value => value.GetInt32()));
    }

    [Fact]
    public async Task A_stop_reason_is_the_string_or_the_token_that_stopped_it()
    {
        _gateway.Cluster.Script = async (request, events, gone) =>
            await events.WriteAsync(GenerationEvent.OfFinish(0, 1, "", FinishReason.Stop, request.Sampling.Stop.Count > 0 ? request.Sampling.Stop[0] : "42"), gone);

        JsonElement byString = await _gateway.AskAsync(Path, """{"prompt":"x","stop":"7"}""");
        JsonElement byToken = await _gateway.AskAsync(Path, """{"prompt":"x","stop_token_ids":[42]}""");

        Assert.Equal("7", byString.Choice().Text("stop_reason"));
        Assert.Equal(42, byToken.Choice().Number("stop_reason"));
    }

    [Theory]
    [InlineData("""{"prompt":"","add_special_tokens":false}""", "prompt")]
    [InlineData("""{"prompt":[]}""", "prompt")]
    [InlineData("""{"prompt":[[1],[]]}""", "prompt")]
    [InlineData("""{"prompt":[258]}""", "prompt")]
    [InlineData("""{"prompt":[-1]}""", "prompt")]
    [InlineData("""{"prompt":[1.5]}""", "prompt")]
    [InlineData("""{"prompt":[1,"a"]}""", "prompt")]
    [InlineData("""{"prompt":[{"a":1}]}""", "prompt")]
    [InlineData("""{"prompt":17}""", "prompt")]
    [InlineData("""{"prompt":true}""", "prompt")]
    [InlineData("""{"prompt":"\ud800"}""", "prompt")]
    [InlineData("""{}""", "prompt")]
    [InlineData("""{"prompt":null}""", "prompt")]
    [InlineData("""{"prompt":"x","temperature":-0.5}""", "temperature")]
    [InlineData("""{"prompt":"x","temperature":"hot"}""", "temperature")]
    [InlineData("""{"prompt":"x","temperature":1e999}""", "temperature")]
    [InlineData("""{"prompt":"x","top_p":0}""", "top_p")]
    [InlineData("""{"prompt":"x","top_p":1.5}""", "top_p")]
    [InlineData("""{"prompt":"x","top_k":-2}""", "top_k")]
    [InlineData("""{"prompt":"x","top_k":2.5}""", "top_k")]
    [InlineData("""{"prompt":"x","min_p":2}""", "min_p")]
    [InlineData("""{"prompt":"x","repetition_penalty":0}""", "repetition_penalty")]
    [InlineData("""{"prompt":"x","presence_penalty":3}""", "presence_penalty")]
    [InlineData("""{"prompt":"x","frequency_penalty":-3}""", "frequency_penalty")]
    [InlineData("""{"prompt":"x","logit_bias":{"500":1}}""", "logit_bias")]
    [InlineData("""{"prompt":"x","logit_bias":{"5":101}}""", "logit_bias")]
    [InlineData("""{"prompt":"x","logit_bias":{"x":1}}""", "logit_bias")]
    [InlineData("""{"prompt":"x","logit_bias":[1]}""", "logit_bias")]
    [InlineData("""{"prompt":"x","seed":"a"}""", "seed")]
    [InlineData("""{"prompt":"x","seed":1.5}""", "seed")]
    [InlineData("""{"prompt":"x","stop":5}""", "stop")]
    [InlineData("""{"prompt":"x","stop":[5]}""", "stop")]
    [InlineData("""{"prompt":"x","stop":[""]}""", "stop")]
    [InlineData("""{"prompt":"x","stop_token_ids":[258]}""", "stop_token_ids")]
    [InlineData("""{"prompt":"x","max_tokens":0}""", "max_tokens")]
    [InlineData("""{"prompt":"x","max_tokens":-1}""", "max_tokens")]
    [InlineData("""{"prompt":"x","max_tokens":1000}""", "max_tokens")]
    [InlineData("""{"prompt":"x","max_tokens":99999999999}""", "max_tokens")]
    [InlineData("""{"prompt":"x","min_tokens":17}""", "min_tokens")]
    [InlineData("""{"prompt":"x","logprobs":21}""", "logprobs")]
    [InlineData("""{"prompt":"x","logprobs":"yes"}""", "logprobs")]
    [InlineData("""{"prompt":"x","n":0}""", "n")]
    [InlineData("""{"prompt":"x","n":9}""", "n")]
    [InlineData("""{"prompt":["x","y","z"],"n":3}""", "n")]
    [InlineData("""{"prompt":"x","n":2,"best_of":3}""", "best_of")]
    [InlineData("""{"prompt":"x","stream":"yes"}""", "stream")]
    [InlineData("""{"prompt":"x","stream_options":5}""", "stream_options")]
    [InlineData("""{"prompt":"x","echo":true,"logprobs":1}""", "echo")]
    [InlineData("""{"prompt":"x","priority":"urgent"}""", "priority")]
    [InlineData("""{"prompt":"x","priority":1}""", "priority")]
    [InlineData("""{"prompt":"x","suffix":"y"}""", "suffix")]
    [InlineData("""{"prompt":"x","use_beam_search":true}""", "use_beam_search")]
    [InlineData("""{"prompt":"x","guided_regex":"a+"}""", "guided_regex")]
    [InlineData("""{"prompt":"x","response_format":{"type":"json_object"}}""", "response_format")]
    [InlineData("""{"prompt":"x","skip_special_tokens":false}""", "skip_special_tokens")]
    [InlineData("""{"prompt":"x","model":5}""", "model")]
    public async Task A_wrong_value_is_refused_by_name_and_starts_nothing(string body, string param)
    {
        JsonElement error = await _gateway.RefusedAsync(Path, body, 400);

        Assert.Equal(param, error.Text("param"));
        Assert.Equal("invalid_request_error", error.Text("type"));
        Assert.Contains(param, error.Text("message"), StringComparison.OrdinalIgnoreCase);
        Assert.Empty(_gateway.Cluster.Asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"prompt\": \"x\",}")]
    [InlineData("[1]")]
    [InlineData("\"prompt\"")]
    [InlineData("prompt=x")]
    public async Task A_body_that_is_no_JSON_object_is_refused(string body)
    {
        JsonElement error = await _gateway.RefusedAsync(Path, body, 400);

        Assert.Contains("JSON", error.Text("message"), StringComparison.Ordinal);
        Assert.Empty(_gateway.Cluster.Asked);
    }

    [Fact]
    public async Task A_body_that_is_not_UTF8_is_refused()
    {
        using var content = new ByteArrayContent([.. "{\"prompt\":\""u8, 0xFF, 0xFE, .. "\"}"u8]);
        using HttpResponseMessage answer = await _gateway.Http.PostAsync(Path, content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("UTF-8", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_longer_than_the_context_is_refused_with_both_lengths()
    {
        JsonElement error = await _gateway.RefusedAsync(Path, $$"""{"prompt":"{{new string('x', 300)}}"}""", 400);

        Assert.Equal("context_length_exceeded", error.Text("code"));
        Assert.Contains("301", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains("200", error.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_far_longer_than_the_context_is_refused_before_it_is_tokenized()
    {
        JsonElement error = await _gateway.RefusedAsync(Path, $$"""{"prompt":"{{new string('x', 500_000)}}"}""", 400);

        Assert.Equal("context_length_exceeded", error.Text("code"));
        Assert.Contains("at least", error.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_default_limit_shrinks_to_the_room_the_context_has()
    {
        await _gateway.AskAsync(Path, $$"""{"prompt":"{{new string('x', 190)}}"}""");

        Assert.Equal(9, Assert.Single(_gateway.Cluster.Asked).Sampling.MaxTokens);
    }

    [Fact]
    public async Task An_unknown_model_is_404_and_named()
    {
        JsonElement error = await _gateway.RefusedAsync(Path, """{"model":"gpt-9","prompt":"x"}""", 404);

        Assert.Equal("model_not_found", error.Text("code"));
        Assert.Contains("gpt-9", error.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GenerationError.Invalid, 400)]
    [InlineData(GenerationError.UnknownModel, 404)]
    [InlineData(GenerationError.Overloaded, 429)]
    [InlineData(GenerationError.Unavailable, 503)]
    [InlineData(GenerationError.Internal, 500)]
    public async Task A_session_that_fails_at_once_gives_its_status_streaming_or_not(GenerationError failure, int status)
    {
        _gateway.Cluster.Script = async (_, events, gone) => await events.WriteAsync(GenerationEvent.OfFailure(failure, "No luck."), gone);

        JsonElement whole = await _gateway.RefusedAsync(Path, """{"prompt":"x"}""", status);
        JsonElement streamed = await _gateway.RefusedAsync(Path, """{"prompt":"x","stream":true}""", status);

        Assert.Equal("No luck.", whole.Text("message"));
        Assert.Equal("No luck.", streamed.Text("message"));
    }

    [Theory]
    [InlineData(GenerationError.Overloaded, true)]
    [InlineData(GenerationError.Unavailable, true)]
    [InlineData(GenerationError.Invalid, false)]
    public async Task Only_what_may_pass_later_says_when_to_try_again(GenerationError failure, bool retry)
    {
        _gateway.Cluster.Script = async (_, events, gone) => await events.WriteAsync(GenerationEvent.OfFailure(failure, "No luck."), gone);
        using HttpResponseMessage answer = await _gateway.PostAsync(Path, """{"prompt":"x"}""");

        // 1.2 s, rounded up.
        Assert.Equal(retry ? TimeSpan.FromSeconds(2) : null, answer.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData("""{"prompt":"x"}""")]
    [InlineData("""{"prompt":"x","stream":true}""")]
    public async Task A_client_is_told_the_clusters_own_estimate_of_when_there_is_room(string body)
    {
        _gateway.Cluster.Script = async (_, events, gone) =>
            await events.WriteAsync(GenerationEvent.OfFailure(GenerationError.Overloaded, "Full.", TimeSpan.FromSeconds(6.1)), gone);
        using HttpResponseMessage answer = await _gateway.PostAsync(Path, body);

        Assert.Equal(TimeSpan.FromSeconds(7), answer.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failure_in_mid_stream_breaks_the_connection(bool failureIsTold)
    {
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            await events.WriteAsync(ScriptedClient.Token(request, 0, 0, 'a'), gone);
            if (failureIsTold) await events.WriteAsync(GenerationEvent.OfFailure(GenerationError.Internal, "It broke."), gone);
        };

        using HttpResponseMessage? answer = await _gateway.Http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent("""{"prompt":"x","stream":true}""") },
            HttpCompletionOption.ResponseHeadersRead).ContinueWith(sent => sent.IsCompletedSuccessfully ? sent.Result : null, TaskScheduler.Default);

        // The headers may or may not have left before the failure; the answer must not look whole either way.
        if (answer is not null) await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task One_prompt_that_fails_fails_the_call_and_cancels_the_others()
    {
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            if (request.Prompt[1] == 'b') await events.WriteAsync(GenerationEvent.OfFailure(GenerationError.Overloaded, "Full."), gone);
            else await Task.Delay(Timeout.Infinite, gone);
        };

        await _gateway.RefusedAsync(Path, """{"prompt":["a","b"]}""", 429);
        await _gateway.Cluster.Left.Task;

        Assert.Contains(_gateway.Cluster.Asked.Single(asked => asked.Prompt[1] == 'a').Id, _gateway.Cluster.Cancelled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_cancels_its_session(bool stream)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            await events.WriteAsync(ScriptedClient.Token(request, 0, 0, 'a'), gone);
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, gone);
        };
        using var leave = new CancellationTokenSource();
        using var content = new StringContent($$"""{"prompt":"x","stream":{{(stream ? "true" : "false")}}}""");
        Task<HttpResponseMessage> call = _gateway.Http.PostAsync(Path, content, leave.Token);
        await begun.Task;

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await _gateway.Cluster.Left.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(_gateway.Cluster.Asked.Select(asked => asked.Id), _gateway.Cluster.Cancelled);
    }

    [Fact]
    public async Task A_request_cancelled_on_the_server_is_told_so_in_words_clients_know()
    {
        _gateway.Cluster.Script = async (_, events, gone) =>
            await events.WriteAsync(GenerationEvent.OfFinish(0, 3, "", FinishReason.Cancelled, null), gone);

        JsonElement error = await _gateway.RefusedAsync(Path, """{"prompt":"x"}""", 410);

        Assert.Equal("cancelled", error.Text("code"));
    }
}
