using System.Net;
using System.Net.Sockets;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Models;

namespace Llumnix.Actors.Tests.Cluster;

/// <summary>A node that cannot start says why in one sentence.</summary>
public sealed class StartFailureTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_folder_that_is_not_there()
    {
        var configuration = LlumnixConfiguration.Load(sets: ["llumnix.model.path=/nowhere/at/all"]);

        var failure = await Assert.ThrowsAsync<ModelLoadException>(() => LlumnixNode.StartAsync(configuration));

        Assert.Contains("/nowhere/at/all", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => fixture.StartAsync($"llumnix.node.port={port}"));

        Assert.Contains($"llumnix.node.port is {port}", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task A_device_that_is_not_there()
    {
        if (TorchSharp.torch.cuda.is_available()) return;

        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => fixture.StartAsync("llumnix.engine.device=cuda:3"));

        Assert.Contains("cuda:3", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_that_holds_no_block()
    {
        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => fixture.StartAsync("llumnix.engine.kv-memory=1KiB"));

        Assert.Contains("llumnix.engine.kv-memory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_holds_no_whole_prompt()
    {
        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => fixture.StartAsync(
            "llumnix.engine.prefill=whole-prompt", "llumnix.engine.token-budget=16", "llumnix.engine.max-running=4"));

        Assert.Contains("llumnix.engine.token-budget is 16", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seeds_that_do_not_answer()
    {
        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => fixture.StartAsync(
            $"llumnix.node.seeds=[\"127.0.0.1:{NodeFixture.FreePort()}\"]", "llumnix.node.start-timeout=2s"));

        Assert.Contains("llumnix.node.seeds", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_is_cancelled_is_no_failure_of_the_configuration()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var configuration = LlumnixConfiguration.Load(sets: [$"llumnix.model.path={fixture.Path}"]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LlumnixNode.StartAsync(configuration, cancellationToken: cancelled.Token));
    }
}
