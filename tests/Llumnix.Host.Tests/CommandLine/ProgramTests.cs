using System.Text;
using System.Text.Json;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Tests.Fakes;
using Llumnix.Host.Tests.Serving;
using Llumnix.Testing;

namespace Llumnix.Host.Tests.CommandLine;

/// <summary>The program as a process: what a person at a shell meets.</summary>
public sealed class ProgramTests
{
    private static async Task<JsonElement> AskAsync(HttpClient http, Uri address, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync(new Uri(address, "/v1/completions"), content);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    [Fact]
    public async Task The_default_model_answers_its_start_says_how_and_a_signal_ends_it_cleanly()
    {
        // All defaults but the port, which this machine may have given to somebody.
        using LlumnixProcess program = LlumnixProcess.Start("--port", "0");
        Uri address = await program.AddressAsync();
        using var http = new HttpClient();
        JsonElement answer = await AskAsync(http, address, """{"prompt":"Once upon a time","max_tokens":20,"temperature":0}""");
        JsonElement instances = JsonElement.Parse(await http.GetStringAsync(new Uri(address, "/admin/instances"))).GetProperty("instances");
        await program.SignalAsync("INT");
        int exit = await program.EndAsync();

        Assert.Equal("stories", answer.Text("model"));
        Assert.Equal(20, answer.GetProperty("usage").Number("completion_tokens"));
        Assert.Equal(4, instances.GetArrayLength());
        Assert.Contains("stories", program.Output, StringComparison.Ordinal);
        Assert.Contains($"curl -N {address.ToString().TrimEnd('/')}/v1/completions", program.Output, StringComparison.Ordinal);
        Assert.Equal(0, exit);
    }

    [Fact]
    public async Task A_model_of_another_family_and_size_gives_the_engines_own_tokens_and_a_stream_in_flight_ends_with_the_program()
    {
        using var folder = new TinyModelFolder(
            TinyModelFolder.Config(ModelFamily.Qwen3) with { Layers = 3, HiddenSize = 48, IntermediateSize = 80, MaxPositions = 2048 }, shards: 2, name: "other");
        using LlumnixProcess program = LlumnixProcess.Start(
            new Dictionary<string, string> { ["LLUMNIX__GATEWAY__DRAIN_TIMEOUT"] = "60s" }, ["serve", "--model", folder.Path, "--instances", "2", "--port", "0"]);
        Uri address = await program.AddressAsync();
        using var http = new HttpClient();
        JsonElement answer = await AskAsync(
            http, address, """{"model":"other","prompt":[1,2,3],"max_tokens":20,"seed":5,"ignore_eos":true,"return_token_ids":true}""");
        using (var engine = new BareEngine(folder.Path))
        {
            Assert.Equal(
                engine.Generate([1, 2, 3], new SamplingParameters { Seed = 5, MaxTokens = 20, IgnoreEos = true }),
                answer.Choice().GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()));
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v1/completions"))
        {
            Content = new StringContent("""{"prompt":[1,2,3],"max_tokens":600,"ignore_eos":true,"stream":true}"""),
        };
        using HttpResponseMessage stream = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await program.SignalAsync("TERM");

        Assert.EndsWith("data: [DONE]\n\n", await stream.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await program.EndAsync());
    }

    [Fact]
    public async Task A_stream_longer_than_the_drain_timeout_does_not_hold_the_program()
    {
        using var folder = new TinyModelFolder(TinyModelFolder.Config(ModelFamily.Llama) with { MaxPositions = 200_000 });
        using LlumnixProcess program = LlumnixProcess.Start(
            "--model", folder.Path, "--instances", "1", "--port", "0", "--set", "llumnix.gateway.drain-timeout=100ms", "--set", "llumnix.engine.blocks=12500");
        Uri address = await program.AddressAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v1/completions"))
        {
            Content = new StringContent("""{"prompt":[1,2,3],"max_tokens":199000,"ignore_eos":true,"stream":true}"""),
        };
        using HttpResponseMessage stream = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await program.SignalAsync("TERM");
        int exit = await program.EndAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => stream.Content.ReadAsStringAsync());
        Assert.Equal(0, exit);
        Assert.DoesNotContain("   at ", program.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_flag_fails_with_one_sentence_and_no_trace()
    {
        (int code, string output, string error) = await LlumnixProcess.RunAsync("serve", "--frobnicate");

        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Contains("--frobnicate", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_damaged_model_fails_with_one_sentence_and_no_trace()
    {
        using var folder = new TinyModelFolder();
        string weights = folder.File("model.safetensors");
        await File.WriteAllBytesAsync(weights, (await File.ReadAllBytesAsync(weights))[..^100]);
        (int code, string output, string error) = await LlumnixProcess.RunAsync("--model", folder.Path, "--port", "0");

        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Contains("model.safetensors", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task The_version_is_told() =>
        Assert.StartsWith("0.", (await LlumnixProcess.RunAsync("--version")).Output, StringComparison.Ordinal);
}
