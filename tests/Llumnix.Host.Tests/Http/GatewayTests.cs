using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Llumnix.Actors.Configuration;
using Llumnix.Host.Http;
using Llumnix.Host.Tests.Fakes;

namespace Llumnix.Host.Tests.Http;

public sealed class GatewayTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    private async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await _gateway.Http.GetStringAsync(path));

    [Fact]
    public async Task Models_are_listed_and_shown()
    {
        JsonElement list = await GetAsync("/v1/models");
        JsonElement one = await GetAsync("/v1/models/bytes");

        Assert.Equal("list", list.Text("object"));
        Assert.Equal("bytes", list.GetProperty("data")[0].Text("id"));
        Assert.Equal("model", one.Text("object"));
        Assert.Equal(5, one.Number("created"));
        Assert.Equal(TestGateway.Context, one.Number("max_model_len"));
        using HttpResponseMessage none = await _gateway.Http.GetAsync("/v1/models/org/other");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("org/other", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenize_and_detokenize_answer_as_vLLM_does()
    {
        JsonElement tokens = await _gateway.AskAsync("/tokenize", """{"model":"bytes","prompt":"ab","return_token_strs":true}""");
        JsonElement bare = await _gateway.AskAsync("/tokenize", """{"prompt":"ab","add_special_tokens":false}""");
        JsonElement chat = await _gateway.AskAsync("/tokenize", """{"messages":[{"role":"user","content":"hi"}]}""");
        JsonElement text = await _gateway.AskAsync("/detokenize", """{"tokens":[104,105]}""");

        Assert.Equal("[256,97,98]", tokens.GetProperty("tokens").GetRawText());
        Assert.Equal(3, tokens.Number("count"));
        Assert.Equal(TestGateway.Context, tokens.Number("max_model_len"));
        Assert.Equal("<s>", tokens.GetProperty("token_strs")[0].GetString());
        Assert.Equal("[97,98]", bare.GetProperty("tokens").GetRawText());
        Assert.Equal("user:hi\nassistant:".Length, chat.Number("count"));
        Assert.Equal("hi", text.Text("prompt"));
        await _gateway.RefusedAsync("/tokenize", "{}", 400);
        await _gateway.RefusedAsync("/detokenize", """{"tokens":[9999]}""", 400);
        await _gateway.RefusedAsync("/detokenize", """{"tokens":"a"}""", 400);
        await _gateway.RefusedAsync("/detokenize", "{}", 400);
    }

    [Fact]
    public async Task Health_tells_live_from_ready()
    {
        Assert.Equal("live", (await GetAsync("/health/live")).Text("status"));
        Assert.Equal("ready", (await GetAsync("/health/ready")).Text("status"));
        _gateway.Ready = false;

        using HttpResponseMessage live = await _gateway.Http.GetAsync("/health/live");
        using HttpResponseMessage ready = await _gateway.Http.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Fact]
    public async Task Operators_see_instances_and_requests()
    {
        JsonElement instance = (await GetAsync("/admin/instances")).GetProperty("instances")[0];
        JsonElement request = (await GetAsync("/admin/requests")).GetProperty("requests")[0];

        Assert.Equal("127.0.0.1:4053/0", instance.Text("id"));
        Assert.Equal(0.25, instance.GetProperty("kv_usage").GetDouble());
        Assert.Equal(75, instance.Number("free_blocks"));
        Assert.Equal(1.5, instance.GetProperty("step_ms").GetDouble());
        Assert.Equal(12.5, instance.GetProperty("freeness").GetDouble());
        Assert.Equal(400, instance.Number("generated_tokens"));
        Assert.Equal("high", request.Text("priority"));
        Assert.Equal(3, request.Number("choice"));
        Assert.Equal((2, 1), (request.Number("migrations"), request.Number("recoveries")));
        Assert.Equal("127.0.0.1:4053/0", request.Text("instance"));
        Assert.Equal("00000000000000010000000000020000", request.Text("session"));
    }

    [Fact]
    public async Task Operators_see_what_is_held_and_what_does_not_add_up()
    {
        JsonElement audit = await GetAsync("/admin/audit");

        Assert.Equal("127.0.0.1:4053/0: Block 5 has 2 references.", audit.GetProperty("problems")[0].GetString());
        Assert.Equal(2, audit.GetProperty("node").Number("entities"));
        Assert.Equal(20, audit.GetProperty("instances")[0].Number("request_blocks"));
        Assert.Equal(9, audit.GetProperty("instances")[0].Number("forwarding_notes"));
    }

    [Fact]
    public async Task Operators_see_migrations()
    {
        JsonElement migration = (await GetAsync("/admin/migrations")).GetProperty("migrations")[0];

        Assert.Equal("moved", migration.Text("outcome"));
        Assert.Equal(0.5, migration.GetProperty("downtime_ms").GetDouble());
        Assert.Equal("live", migration.Text("method"));
        Assert.Equal([4000, 1000], migration.GetProperty("stage_bytes").EnumerateArray().Select(bytes => bytes.GetInt32()));
        Assert.Equal(5, migration.GetProperty("stage_blocks").EnumerateArray().Sum(blocks => blocks.GetInt32()));
    }

    [Fact]
    public async Task Operators_see_how_the_number_of_instances_is_kept()
    {
        JsonElement scaling = await GetAsync("/admin/scaling");
        JsonElement model = scaling.GetProperty("models")[0];

        Assert.Equal(("process", "freeness-band"), (scaling.Text("launcher"), scaling.Text("policy")));
        Assert.Equal((1, 4, 2, 3), (model.Number("min"), model.Number("max"), model.Number("instances"), model.Number("wanted")));
        Assert.Equal("127.0.0.1:4711", model.GetProperty("starting")[0].GetString());
        Assert.Equal("127.0.0.1:4053/0", model.GetProperty("draining")[0].GetString());
        Assert.Equal("add", model.GetProperty("last_decision").Text("what"));
        Assert.Equal("The process ended with code 1.", model.GetProperty("last_failure").Text("reason"));
        Assert.Equal((2, "1970-01-01T00:00:04+00:00"), (model.Number("failures_in_a_row"), model.Text("retry_at")));
    }

    [Theory]
    [InlineData("/admin/migrate", """{"request_id":"00000000000000010000000000020000","to":"127.0.0.1:4053/0"}""", 202, "is on its way to 127.0.0.1:4053/0")]
    [InlineData("/admin/migrate", """{"request_id":"00000000000000010000000000020000","to":"x"}""", 409, "There is no instance x.")]
    [InlineData("/admin/migrate", """{"request_id":"12","to":"x"}""", 400, "request_id is 12; it must be 32 hexadecimal digits.")]
    [InlineData("/admin/migrate", """{"to":"x"}""", 400, "request_id is missing")]
    [InlineData("/admin/migrate", """{"request_id":"00000000000000010000000000020000"}""", 400, "to is missing")]
    [InlineData("/admin/instances/127.0.0.1:4053/0/drain", "", 202, "takes no further requests")]
    [InlineData("/admin/instances/127.0.0.1:4053%2F0/undrain", "", 202, "127.0.0.1:4053/0 takes requests.")]
    [InlineData("/admin/instances/x/drain", "", 409, "There is no instance x.")]
    [InlineData("/admin/instances/x/dry", "", 404, "can be drained, undrained and relieved of requests")]
    [InlineData("/admin/instances/127.0.0.1:4053/0/migrate", """{"to":"y"}""", 202, "1 request is on its way from 127.0.0.1:4053/0 to y; /admin/migrations tells how it went.\",\"begun\":[\"00000000000000010000000000020000\"]")]
    [InlineData("/admin/instances/127.0.0.1:4053/0/migrate", """{"to":"y","count":2}""", 202, "127.0.0.1:4053/0 has no request to move.\",\"begun\":[]")]
    [InlineData("/admin/instances/127.0.0.1:4053/0/migrate", """{"to":"y","count":3}""", 202, "2 requests are on their way from 127.0.0.1:4053/0 to y; /admin/migrations tells how it went. No more: It has 2 under way.")]
    [InlineData("/admin/instances/x/migrate", """{"to":"y","count":3}""", 409, "There is no instance x.")]
    [InlineData("/admin/instances/x/migrate", """{"count":3}""", 400, "to is missing")]
    [InlineData("/admin/instances/x/migrate", """{"to":"y","count":0}""", 400, "count is 0, but must be a whole number from 1 to 1000.")]
    [InlineData("/admin/instances/x/migrate", """{"to":"y","count":"all"}""", 400, "count must be an integer")]
    public async Task Operators_order_moves_and_draining(string path, string body, int status, string sentence)
    {
        using var content = new StringContent(body);
        using HttpResponseMessage answer = await _gateway.Http.PostAsync(path, content);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_carries_an_id_of_its_own()
    {
        string[] paths = ["/v1/models", "/health/live", "/nowhere", "/v1/completions", "/"];
        var ids = new List<string>();
        foreach (string path in paths)
        {
            using HttpResponseMessage answer = await _gateway.Http.GetAsync(path);
            ids.Add(Assert.Single(answer.Headers.GetValues("x-request-id")));
        }

        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{32}$", id));
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task What_is_not_there_is_told_in_OpenAIs_form()
    {
        JsonElement unknown = await _gateway.RefusedAsync("/v1/embeddings", "{}", 404);
        using HttpResponseMessage wrongMethod = await _gateway.Http.GetAsync("/v1/completions");
        using HttpResponseMessage noSocket = await _gateway.Http.GetAsync("/v1/stream");

        Assert.Contains("/v1/embeddings", unknown.Text("message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, wrongMethod.StatusCode);
        Assert.Contains("\"error\"", await wrongMethod.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UpgradeRequired, noSocket.StatusCode);
    }

    [Fact]
    public async Task A_ten_megabyte_body_is_refused_cleanly_and_the_connection_serves_on()
    {
        string body = $$"""{"prompt":"{{new string('x', 10 << 20)}}"}""";
        JsonElement known = await _gateway.RefusedAsync("/v1/completions", body, 413);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent(body) };
        chunked.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage unknown = await _gateway.Http.SendAsync(chunked);

        Assert.Equal("request_too_large", known.Text("code"));
        Assert.Contains("1048576", known.Text("message"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, unknown.StatusCode);
        Assert.Empty(_gateway.Cluster.Asked);
        await _gateway.AskAsync("/v1/completions", """{"prompt":"x"}""");
    }

    [Fact]
    public async Task A_body_that_asks_first_is_refused_before_it_is_sent()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _gateway.Http.BaseAddress!.Port);
        await socket.SendAsync("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\nExpect: 100-continue\r\n\r\n"u8.ToArray());
        var buffer = new byte[4096];
        int received = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.StartsWith("HTTP/1.1 413", Encoding.ASCII.GetString(buffer, 0, received), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_asked_for_where_configured_but_not_of_health_metrics_or_the_page()
    {
        await using TestGateway locked = await TestGateway.StartAsync(TestGateway.Options with { ApiKeys = ["first", "second"] });

        JsonElement without = await locked.RefusedAsync("/v1/completions", """{"prompt":"x"}""", 401);
        locked.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "third");
        JsonElement wrong = await locked.RefusedAsync("/v1/completions", """{"prompt":"x"}""", 401);
        locked.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "second");
        await locked.AskAsync("/v1/completions", """{"prompt":"x"}""");
        locked.Http.DefaultRequestHeaders.Authorization = null;
        using HttpResponseMessage health = await locked.Http.GetAsync("/health/ready");
        using HttpResponseMessage metrics = await locked.Http.GetAsync("/metrics");
        using HttpResponseMessage page = await locked.Http.GetAsync("/");
        using HttpResponseMessage admin = await locked.Http.GetAsync("/admin/instances");

        Assert.Equal("invalid_api_key", without.Text("code"));
        Assert.Equal("invalid_api_key", wrong.Text("code"));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(HttpStatusCode.OK, metrics.StatusCode);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, admin.StatusCode);
        Assert.Single(locked.Cluster.Asked);
    }

    [Fact]
    public async Task The_page_asks_nothing_of_other_hosts()
    {
        using HttpResponseMessage answer = await _gateway.Http.GetAsync("/");
        string page = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page);
        Assert.Contains("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_lets_a_stream_in_flight_end()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Cluster.Script = async (request, events, gone) =>
        {
            begun.SetResult();
            await goOn.Task;
            await ScriptedClient.SayAsync(request, events, "the end", gone);
        };
        Task<List<string>> stream = _gateway.EventsAsync("/v1/completions", """{"prompt":"x","stream":true}""");
        await begun.Task;

        Task stopped = _gateway.StopAsync();
        goOn.SetResult();

        Assert.Equal("[DONE]", (await stream)[^1]);
        await stopped.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_port_in_use_is_one_sentence_with_the_port()
    {
        int port = _gateway.Http.BaseAddress!.Port;
        var error = Assert.Throws<ConfigurationException>(() => ReservedAddress.Bind("127.0.0.1", port));

        Assert.Contains($"Port {port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere.example")]
    [InlineData("203.0.113.7")]
    public void An_address_that_cannot_be_listened_on_is_one_sentence_with_the_address(string bind)
    {
        var error = Assert.Throws<ConfigurationException>(() => ReservedAddress.Bind(bind, 0));

        Assert.Contains(bind, error.Message, StringComparison.Ordinal);
        Assert.Contains("llumnix.gateway.bind", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reserved_port_is_nobody_elses_before_the_gateway_listens()
    {
        using ReservedAddress first = ReservedAddress.Bind("localhost", 0);
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // Nobody can connect yet: probes see a closed port, not a stuck one.
        Assert.Throws<SocketException>(() => other.Connect(IPAddress.Loopback, first.Addresses.First().Port));
    }
}
