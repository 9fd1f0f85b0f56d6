using System.Net.WebSockets;
using System.Text.Json;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Tests.Fakes;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Host.Tests.WebSockets;

public sealed class StreamTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private TestSocket _socket = null!;

    public async Task InitializeAsync()
    {
        _gateway = await TestGateway.StartAsync();
        _socket = await _gateway.ConnectAsync();
    }

    public async Task DisposeAsync()
    {
        _socket.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_request_is_accepted_streams_its_tokens_and_finishes_with_usage()
    {
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"Hi","seed":12,"max_tokens":30}""");
        List<JsonElement> frames = await _socket.UntilAsync("finished");
        GenerateRequest asked = Assert.Single(_gateway.Cluster.Asked);

        Assert.Equal("accepted", TestSocket.TypeOf(frames[0]));
        Assert.Equal(asked.Id.ToString(), frames[0].Text("request"));
        Assert.Equal(12, frames[0].Number("seed"));
        Assert.Equal(3, frames[0].Number("prompt_tokens"));
        JsonElement[] tokens = [.. frames[1..^1]];
        Assert.All(tokens, token => Assert.Equal("token", TestSocket.TypeOf(token)));
        Assert.Equal("Once upon a time", string.Concat(tokens.Select(token => token.Text("text"))));
        Assert.Equal(Enumerable.Range(0, 16), tokens.Select(token => token.Number("index")));
        Assert.Equal('O', tokens[0].Number("id"));
        Assert.All(frames, frame => Assert.Equal("a", frame.Text("ref")));
        Assert.Equal("stop", frames[^1].Text("reason"));
        Assert.Equal(19, frames[^1].GetProperty("usage").Number("total_tokens"));
        Assert.False(asked.Resumable);
    }

    [Fact]
    public async Task A_request_without_a_name_goes_by_its_id_and_chats_work_too()
    {
        await _socket.SendAsync("""{"type":"generate","messages":[{"role":"user","content":"Hi"}],"logprobs":true,"top_logprobs":1,"max_tokens":99}""");
        List<JsonElement> frames = await _socket.UntilAsync("finished");

        Assert.All(frames, frame => Assert.Equal(frames[0].Text("request"), frame.Text("ref")));
        Assert.Equal("O", frames[1].GetProperty("logprobs").Text("token"));
        Assert.Equal("user:Hi\nassistant:".Length, Assert.Single(_gateway.Cluster.Asked).Prompt.Length);
    }

    [Fact]
    public async Task Many_requests_share_a_socket_and_none_waits_for_another()
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            if (request.Prompt[1] == 'a') await first.Task.WaitAsync(gone);
            await ScriptedClient.SayAsync(request, events, "x", gone);
        };
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"a"}""");
        await _socket.SendAsync("""{"type":"generate","ref":"b","prompt":"b"}""");

        await _socket.UntilAsync("finished", "b");
        first.SetResult();
        await _socket.UntilAsync("finished", "a");
    }

    [Fact]
    public async Task Each_choice_finishes_by_itself_and_the_last_one_tells_usage()
    {
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x","n":2}""");
        List<JsonElement> frames = await _socket.UntilAsync("finished");
        frames.AddRange(await _socket.UntilAsync("finished"));
        JsonElement[] finished = [.. frames.Where(frame => TestSocket.TypeOf(frame) == "finished")];

        Assert.Equal([0, 1], finished.Select(frame => frame.Number("choice")));
        Assert.False(finished[0].TryGetProperty("usage", out _));
        Assert.Equal(32, finished[1].GetProperty("usage").Number("completion_tokens"));
    }

    [Fact]
    public async Task A_move_is_told_with_both_instances()
    {
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            await events.WriteAsync(ScriptedClient.Token(request, 0, 0, 'a'), gone);
            await events.WriteAsync(GenerationEvent.OfMove(0, new InstanceId("n1/0"), new InstanceId("n2/3")), gone);
            await events.WriteAsync(GenerationEvent.OfFinish(0, 1, "b", FinishReason.Length, null), gone);
        };
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x"}""");
        List<JsonElement> frames = await _socket.UntilAsync("finished");

        Assert.Equal(["accepted", "token", "moved", "finished"], frames.Select(TestSocket.TypeOf));
        Assert.Equal(("n1/0", "n2/3"), (frames[2].Text("from"), frames[2].Text("to")));
        Assert.Equal(("length", "b"), (frames[3].Text("reason"), frames[3].Text("text")));
    }

    [Fact]
    public async Task A_cancelled_request_ends_in_the_cluster_and_is_told_finished()
    {
        EndlessAfter(1);
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x"}""");
        await _socket.UntilAsync("token");

        await _socket.SendAsync("""{"type":"cancel","ref":"a"}""");
        JsonElement finished = (await _socket.UntilAsync("finished"))[^1];

        Assert.Equal("cancelled", finished.Text("reason"));
        Assert.Equal(1, finished.GetProperty("usage").Number("completion_tokens"));
        Assert.Equal(_gateway.Cluster.Asked.Select(asked => asked.Id), _gateway.Cluster.Cancelled);

        // Its name is free again.
        _gateway.Cluster.Script = (request, events, gone) => ScriptedClient.SayAsync(request, events, "ok", gone);
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x"}""");
        Assert.Equal("stop", (await _socket.UntilAsync("finished"))[^1].Text("reason"));
    }

    [Fact]
    public async Task A_name_is_free_as_soon_as_its_request_is_told_finished()
    {
        // The cluster takes its time to close the stream.
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            await ScriptedClient.SayAsync(request, events, "ok", gone);
            await Task.Delay(Timeout.Infinite, gone);
        };
        for (int i = 0; i < 3; i++)
        {
            await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x"}""");
            List<JsonElement> frames = await _socket.UntilAsync("finished");

            Assert.Equal("accepted", TestSocket.TypeOf(frames[0]));
            Assert.Equal("stop", frames[^1].Text("reason"));
        }
    }

    [Fact]
    public async Task A_request_can_be_cancelled_by_id_from_another_socket()
    {
        EndlessAfter(1);
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x"}""");
        string id = (await _socket.UntilAsync("token"))[0].Text("request")!;
        using TestSocket other = await _gateway.ConnectAsync();

        await other.SendAsync($$"""{"type":"cancel","request":"{{id}}"}""");

        // The cluster closed the stream without a last word: the client is not left waiting.
        Assert.Equal("failed", (await _socket.UntilAsync("finished"))[^1].Text("reason"));
        await other.SendAsync($$"""{"type":"cancel","request":"{{new string('0', 32)}}"}""");
        Assert.Equal(404, (await other.ReceiveAsync()).Number("status"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closing_the_socket_leaves_its_requests_which_end_unless_resumable(bool clean)
    {
        EndlessAfter(1);
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x","resumable":true}""");
        await _socket.UntilAsync("token");

        if (clean) await _socket.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        else _socket.Socket.Abort();
        await _gateway.Cluster.Left.Task.WaitAsync(TimeSpan.FromSeconds(30));

        GenerateRequest asked = Assert.Single(_gateway.Cluster.Asked);
        Assert.True(asked.Resumable);
        // Detaching lets the cluster decide by that flag.
        Assert.Equal([asked.Id], _gateway.Cluster.Detached);
        Assert.Empty(_gateway.Cluster.Cancelled);
    }

    [Fact]
    public async Task A_session_that_is_still_there_is_resumed_from_the_offset()
    {
        RequestId id = new(7, 9 << 16);
        _gateway.Cluster.Resumable[id] = Request(id);
        await _socket.SendAsync($$"""{"type":"resume","ref":"r","request":"{{id}}","offsets":[5]}""");
        List<JsonElement> frames = await _socket.UntilAsync("finished");

        Assert.True(frames[0].GetProperty("resumed").GetBoolean());
        Assert.Equal(77, frames[0].Number("seed"));
        Assert.Equal(5, frames[1].Number("index"));
        Assert.Equal("upon a time", string.Concat(frames[1..^1].Select(frame => frame.Text("text"))));
        Assert.Equal(18, frames[^1].GetProperty("usage").Number("total_tokens"));
        Assert.Empty(_gateway.Cluster.Asked);
    }

    [Fact]
    public async Task A_session_that_nobody_knows_is_generated_again_from_its_body_and_seed()
    {
        RequestId id = new(7, 9 << 16);
        await _socket.SendAsync($$$"""{"type":"resume","ref":"r","request":"{{{id}}}","offsets":[5],"body":{"prompt":"x","seed":77,"n":2}}""");
        List<JsonElement> frames = await _socket.UntilAsync("finished");
        GenerateRequest asked = Assert.Single(_gateway.Cluster.Asked);

        Assert.True(frames[0].GetProperty("regenerated").GetBoolean());
        Assert.Equal(id, asked.Id);
        Assert.Equal(77UL, asked.Sampling.Seed);
        Assert.Equal([5, 0], asked.Offsets!);
        Assert.True(asked.Resumable);
    }

    [Theory]
    [InlineData("""{"type":"resume","ref":"r","request":"00000000000000070000000000090000"}""", 404)]
    [InlineData("""{"type":"resume","ref":"r","request":"00000000000000070000000000090000","body":{"prompt":"x"}}""", 400)]
    [InlineData("""{"type":"resume","ref":"r","request":"00000000000000070000000000090000","offsets":[1,2],"body":{"prompt":"x","seed":1}}""", 400)]
    [InlineData("""{"type":"resume","ref":"r","request":"xyz"}""", 400)]
    [InlineData("""{"type":"resume","ref":"r","request":"00000000000000070000000000090000","offsets":[-1]}""", 400)]
    [InlineData("""{"type":"resume","ref":"r"}""", 400)]
    [InlineData("""{"type":"cancel","ref":"nobody"}""", 404)]
    [InlineData("""{"type":"cancel"}""", 400)]
    [InlineData("""{"type":"generate","ref":"r"}""", 400)]
    [InlineData("""{"type":"generate","ref":"r","prompt":"x","messages":[]}""", 400)]
    [InlineData("""{"type":"generate","ref":"r","prompt":["x","y"]}""", 400)]
    [InlineData("""{"type":"generate","ref":"r","prompt":"x","echo":true}""", 400)]
    [InlineData("""{"type":"generate","ref":"r","prompt":"x","temperature":-1}""", 400)]
    [InlineData("""{"type":"generate","ref":"r","prompt":"x","model":"other"}""", 404)]
    [InlineData("""{"type":"generate","ref":"","prompt":"x"}""", 400)]
    [InlineData("""{"type":"generate","ref":5,"prompt":"x"}""", 400)]
    [InlineData("""{"type":"dance"}""", 400)]
    [InlineData("""{"type":5}""", 400)]
    [InlineData("""{}""", 400)]
    [InlineData("""not json""", 400)]
    [InlineData("""[]""", 400)]
    [InlineData("", 400)]
    public async Task A_wrong_frame_gets_one_sentence_and_the_socket_lives_on(string frame, int status)
    {
        await _socket.SendAsync(frame);
        JsonElement error = await _socket.ReceiveAsync();

        Assert.Equal("error", TestSocket.TypeOf(error));
        Assert.Equal(status, error.Number("status"));
        Assert.NotEmpty(error.GetProperty("error").Text("message")!);
        Assert.Equal(frame.Contains("\"ref\":\"r\"", StringComparison.Ordinal) ? "r" : null, error.Text("ref") is "r" ? "r" : null);
        Assert.Empty(_gateway.Cluster.Asked);
        await StillWorksAsync();
    }

    [Fact]
    public async Task Binary_frames_and_frames_too_long_get_one_sentence_and_the_socket_lives_on()
    {
        await _socket.SendAsync("""{"type":"generate","prompt":"x"}""", WebSocketMessageType.Binary);
        Assert.Contains("binary", (await _socket.ReceiveAsync()).GetProperty("error").Text("message"), StringComparison.Ordinal);
        foreach (int length in (int[])[4097, 5000, 100_000])
        {
            await _socket.SendAsync(new string(' ', length));
            JsonElement error = await _socket.ReceiveAsync();
            Assert.Equal(413, error.Number("status"));
            Assert.Contains("4096", error.GetProperty("error").Text("message"), StringComparison.Ordinal);
        }

        await StillWorksAsync();
    }

    [Fact]
    public async Task One_request_too_many_or_a_name_in_use_is_refused_and_the_others_go_on()
    {
        EndlessAfter(1);
        for (int i = 0; i < 4; i++)
        {
            await _socket.SendAsync($$"""{"type":"generate","ref":"r{{i}}","prompt":"x"}""");
            await _socket.UntilAsync("token", $"r{i}");
            if (i > 0) continue;
            await _socket.SendAsync("""{"type":"generate","ref":"r0","prompt":"x"}""");
            Assert.Equal("ref", (await _socket.UntilAsync("error"))[^1].GetProperty("error").Text("param"));
        }

        await _socket.SendAsync("""{"type":"generate","ref":"r4","prompt":"x"}""");
        JsonElement error = (await _socket.UntilAsync("error"))[^1];

        Assert.Equal(("r4", 429), (error.Text("ref"), error.Number("status")));
        Assert.Equal(4, _gateway.Cluster.Asked.Count);
        Assert.Empty(_gateway.Cluster.Cancelled);
    }

    [Fact]
    public async Task A_request_that_fails_gets_an_error_with_its_name()
    {
        _gateway.Cluster.Script = async (_, events, gone) =>
            await events.WriteAsync(GenerationEvent.OfFailure(GenerationError.Overloaded, "Full."), gone);
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x"}""");
        JsonElement error = (await _socket.UntilAsync("error"))[^1];

        Assert.Equal(("a", 429, "Full."), (error.Text("ref"), error.Number("status"), error.GetProperty("error").Text("message")));
    }

    [Theory]
    [InlineData(3.4, 4)]
    [InlineData(null, 2)]
    public async Task A_request_without_room_is_told_when_to_come_back(double? estimate, int seconds)
    {
        _gateway.Cluster.Script = async (_, events, gone) => await events.WriteAsync(
            GenerationEvent.OfFailure(GenerationError.Overloaded, "Full.", estimate is { } known ? TimeSpan.FromSeconds(known) : null), gone);
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x"}""");
        JsonElement error = (await _socket.UntilAsync("error"))[^1];

        // Without an estimate what is configured: 1.2 s, rounded up.
        Assert.Equal(seconds, error.Number("retry_after"));
    }

    [Fact]
    public async Task A_socket_that_is_not_read_pauses_its_own_requests_only()
    {
        // Far more than the connection's buffers hold, so that the session cannot end before the socket is read.
        const int Tokens = 400;
        string large = new('x', 100_000);
        int written = 0;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            if (request.Prompt[1] != 's')
            {
                await ScriptedClient.SayAsync(request, events, "fine", gone);
                return;
            }

            for (int i = 0; i < Tokens; i++)
            {
                await events.WriteAsync(GenerationEvent.OfToken(0, i, 1, large, null), gone);
                if (++written == 30) begun.SetResult();
            }

            await events.WriteAsync(GenerationEvent.OfFinish(0, Tokens, "", FinishReason.Stop, null), gone);
        };
        await _socket.SendAsync("""{"type":"generate","ref":"slow","prompt":"s"}""");
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));

        using TestSocket other = await _gateway.ConnectAsync();
        await other.SendAsync("""{"type":"generate","ref":"q","prompt":"quick"}""");
        Assert.Equal("stop", (await other.UntilAsync("finished"))[^1].Text("reason"));

        Assert.InRange(Volatile.Read(ref written), 30, Tokens - 1);
        Assert.Equal(Tokens + 2, (await _socket.UntilAsync("finished", "slow")).Count);
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("https://friend.example", true)]
    [InlineData("null", false)]
    public async Task Only_known_pages_may_open_sockets(string origin, bool allowed)
    {
        Task<TestSocket> connect = _gateway.ConnectAsync(options => options.SetRequestHeader("Origin", origin));
        if (allowed) (await connect).Dispose();
        else Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => connect)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_gateways_own_page_may_open_sockets()
    {
        using TestSocket socket = await _gateway.ConnectAsync(
            options => options.SetRequestHeader("Origin", $"http://{_gateway.Http.BaseAddress!.Authority}"));

        Assert.Equal(WebSocketState.Open, socket.Socket.State);
    }

    [Fact]
    public async Task A_page_passes_its_key_as_a_sub_protocol()
    {
        await using TestGateway locked = await TestGateway.StartAsync(TestGateway.Options with { ApiKeys = ["secret"] });
        await Assert.ThrowsAsync<WebSocketException>(() => locked.ConnectAsync());
        await Assert.ThrowsAsync<WebSocketException>(() => locked.ConnectAsync(options => options.AddSubProtocol("llumnix-key.d3Jvbmc")));

        using TestSocket socket = await locked.ConnectAsync(options =>
        {
            options.AddSubProtocol("llumnix");
            options.AddSubProtocol("llumnix-key.c2VjcmV0");
        });

        Assert.Equal("llumnix", socket.Socket.SubProtocol);
    }

    [Fact]
    public async Task When_the_program_ends_sockets_finish_their_requests_take_no_more_and_close()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            await events.WriteAsync(ScriptedClient.Token(request, 0, 0, 'a'), gone);
            await goOn.Task;
            await events.WriteAsync(GenerationEvent.OfFinish(0, 1, "", FinishReason.Stop, null), gone);
        };
        using TestSocket idle = await _gateway.ConnectAsync();
        await idle.SendAsync("{}");
        await idle.ReceiveAsync();
        await _socket.SendAsync("""{"type":"generate","ref":"a","prompt":"x"}""");
        await _socket.UntilAsync("token");

        Task stopped = _gateway.StopAsync();
        WebSocketReceiveResult closed = await idle.Socket.ReceiveAsync(new byte[16], CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, closed.CloseStatus);
        await idle.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await _socket.SendAsync("""{"type":"generate","ref":"b","prompt":"x"}""");
        Assert.Equal(503, (await _socket.UntilAsync("error", "b"))[^1].Number("status"));
        goOn.SetResult();
        Assert.Equal("stop", (await _socket.UntilAsync("finished", "a"))[^1].Text("reason"));
        closed = await _socket.Socket.ReceiveAsync(new byte[16], CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(WebSocketMessageType.Close, closed.MessageType);
        await _socket.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await stopped.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task StillWorksAsync()
    {
        await _socket.SendAsync("""{"type":"generate","ref":"after","prompt":"x"}""");
        Assert.Equal("stop", (await _socket.UntilAsync("finished", "after"))[^1].Text("reason"));
    }

    private void EndlessAfter(int tokens) => _gateway.Cluster.Script = async (request, events, gone) =>
    {
        for (int i = 0; i < tokens; i++) await events.WriteAsync(ScriptedClient.Token(request, 0, i, 'a'), gone);
        await Task.Delay(Timeout.Infinite, gone);
    };

    private static GenerateRequest Request(RequestId id) =>
        new() { Id = id, Model = "bytes", Prompt = [1, 2], Sampling = new() { Seed = 77 }, Resumable = true };
}
