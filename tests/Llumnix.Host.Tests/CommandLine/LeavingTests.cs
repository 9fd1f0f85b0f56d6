using System.Text.Json;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Tests.Fakes;
using Llumnix.Host.Tests.Serving;
using Llumnix.Testing;

namespace Llumnix.Host.Tests.CommandLine;

/// <summary>A process that is told to end while requests run on its instance.</summary>
public sealed class LeavingTests : IDisposable
{
    private readonly TinyModelFolder _folder = new(TinyModelFolder.Config(ModelFamily.Llama) with { MaxPositions = 1024 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Streams_on_it_go_on_at_the_other_process_with_the_same_tokens_and_none_computed_again()
    {
        using LlumnixProcess front = Start("--role", "gateway,manager", "--port", "0");
        using var cluster = new ClusterClient(await front.AddressAsync());
        using LlumnixProcess leaving = Start("--role", "instance", "--seed", await front.NodeAsync());
        await cluster.InstancesAreAsync(instances => instances.Length == 1);
        TaskCompletionSource[] begun = [.. Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource())];
        var streams = begun.Select((first, seed) => cluster.StreamAsync(Body(seed), first)).ToArray();
        await Task.WhenAll(begun.Select(first => first.Task));
        using LlumnixProcess staying = Start("--role", "instance", "--seed", await front.NodeAsync());
        await cluster.InstancesAreAsync(instances => instances.Length == 2);

        await leaving.SignalAsync("TERM");
        int exit = await leaving.EndAsync();
        (int[] Tokens, JsonElement Usage)[] answers = await Task.WhenAll(streams);

        Assert.Equal(0, exit);
        Assert.Equal("", leaving.Error);
        using var engine = new BareEngine(_folder.Path);
        for (int seed = 0; seed < answers.Length; seed++)
        {
            Assert.Equal(engine.Generate([1, 2, 3, seed], new SamplingParameters { Seed = (ulong)seed, MaxTokens = 600, IgnoreEos = true }), answers[seed].Tokens);
            JsonElement told = answers[seed].Usage.GetProperty("llumnix");
            Assert.Equal((1, 0), (told.Number("migrations"), told.Number("recoveries")));
        }
    }

    private static string Body(int seed) =>
        $$"""
        {"prompt":[1,2,3,{{seed}}],"max_tokens":600,"seed":{{seed}},"ignore_eos":true,"stream":true,"return_token_ids":true,
         "stream_options":{"include_usage":true} }
        """;

    private LlumnixProcess Start(params string[] args) => LlumnixProcess.Start(
        [
            "--model", _folder.Path, "--instances", "1", "--set", "llumnix.engine.threads=1", "--set", "llumnix.rebalance.policy=none", "--set", "llumnix.engine.blocks=400",
            "--set", "llumnix.logging.level=warning",
            // Eight tokens in 100 ms at most, so that its requests outlast another process's start.
            "--set", "llumnix.delivery.max-unacked=8", "--set", "llumnix.delivery.ack-interval=100ms", .. args,
        ]);
}
