using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Testing;

namespace Llumnix.Actors.Tests.Cluster;

/// <summary>Instances of two models of one shape, which only their weights tell apart.</summary>
public sealed class SeveralModelsTests : IDisposable
{
    private readonly TinyModelFolder _one = new(seed: 1, name: "one");
    private readonly TinyModelFolder _two = new(seed: 2, name: "two");
    private readonly NodeFixture _first;
    private readonly NodeFixture _second;

    public SeveralModelsTests()
    {
        _first = new NodeFixture(_one.Path);
        _second = new NodeFixture(_two.Path);
    }

    [Fact]
    public async Task Requests_go_to_their_model_s_instances_and_each_gets_its_own_output()
    {
        await using var node = await StartAsync("llumnix.instances.count=2", "llumnix.models.two.instances=1");
        Assert.Equal(["one", "two"], node.Models.Select(model => model.Name));
        var ones = Enumerable.Range(0, 12).Select(i => _first.Request($"the {i} and", 10 + i, temperature: i % 2, seed: (ulong)i)).ToArray();
        var twos = Enumerable.Range(0, 12)
            .Select(i => _second.Request($"the {i} and", 10 + i, temperature: i % 2, seed: (ulong)i) with { Id = RequestId.FromRandomBits(3, (ulong)i << 16) })
            .ToArray();

        int[][] outputs = await Task.WhenAll(ones.Concat(twos).Select(async request =>
        {
            using var stream = node.Client!.Generate(request);
            return (await stream.ReadAsync()).TokensOf();
        }));

        Assert.Equal([.. _first.Expected(ones), .. _second.Expected(twos)], outputs);
        Assert.NotEqual(outputs[0], outputs[12]);
        Assert.Equal(["one", "one", "two"], (await node.Admin.InstancesAsync(default)).Select(instance => instance.Model));
        int promptTokens = twos.Sum(request => request.Prompt.Length);
        await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default))[2].PromptTokens == promptTokens);
    }

    [Fact]
    public async Task A_gateway_serves_models_of_whose_folders_it_has_no_weights()
    {
        string port = NodeFixture.FreePort();
        string seeds = $"llumnix.node.seeds=[\"127.0.0.1:{port}\"]";
        using var bare = new TinyModelFolder(seed: 3, name: "bare");
        File.Delete(bare.File("model.safetensors"));
        await using var gateway = await StartAsync(
            $"llumnix.node.port={port}", seeds, "llumnix.node.roles=[gateway,manager]", $"llumnix.models.two.path={bare.Path}");
        await using var instances = await StartAsync(seeds, "llumnix.node.roles=[instance]", "llumnix.instances.count=1");
        await Eventually.IsAsync(async () => (await gateway.Admin.InstancesAsync(default)).Count == 2);
        var request = _second.Request("in the", 20);

        using var stream = gateway.Client!.Generate(request);

        Assert.Equal(_second.Expected([request])[0], (await stream.ReadAsync()).TokensOf());
    }

    [Fact]
    public async Task A_model_without_instances_and_one_that_nobody_knows_are_told_apart()
    {
        await using var node = await StartAsync("llumnix.instances.count=1", "llumnix.models.two.instances=0");

        using var none = node.Client!.Generate(_second.Request("in", 5));
        using var unknown = node.Client!.Generate(_second.Request("in", 5) with { Model = "three", Id = RequestId.FromRandomBits(3, 0) });

        var failed = (await none.ReadAsync())[^1];
        Assert.Equal((GenerationError.Unavailable, "No instance of the model two is there at present."), (failed.Error, failed.Text));
        failed = (await unknown.ReadAsync())[^1];
        Assert.Equal(GenerationError.UnknownModel, failed.Error);
        Assert.Contains("one, two", failed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_does_not_move_to_an_instance_of_another_model()
    {
        await using var node = await StartAsync("llumnix.instances.count=1", "llumnix.delivery.max-unacked=4", "llumnix.delivery.stream-buffer=1");
        var instances = await node.Admin.InstancesAsync(default);
        var request = _first.Request("the and in", 60, temperature: 1, seed: 5);
        using var stream = node.Client!.Generate(request);
        var events = new List<GenerationEvent> { await stream.NextAsync() };

        Assert.Null(await node.Admin.MigrateAsync(request.Id, instances[1].Id, default));
        await Eventually.IsAsync(async () => (await node.Admin.MigrationsAsync(default)) is [{ Outcome: not null }]);
        events.AddRange(await stream.ReadAsync());

        var record = Assert.Single(await node.Admin.MigrationsAsync(default));
        Assert.Equal((MigrationOutcome.Aborted, "the destination serves two, the request is one of one"), (record.Outcome, record.Reason));
        Assert.Equal(_first.Expected([request])[0], events.TokensOf());
    }

    [Fact]
    public async Task A_model_that_is_drained_everywhere_has_nowhere_to_go_though_others_have_instances()
    {
        await using var node = await StartAsync("llumnix.instances.count=1");
        var one = (await node.Admin.InstancesAsync(default))[0];

        Assert.Equal($"No other instance can take the requests of {one.Id}.", await node.Admin.DrainAsync(one.Id, on: true, default));
    }

    [Fact]
    public async Task A_folder_without_weights_is_refused_where_instances_are_to_run()
    {
        File.Delete(_two.File("model.safetensors"));

        var failure = await Assert.ThrowsAsync<ModelLoadException>(() => StartAsync("llumnix.instances.count=1"));

        Assert.Contains(_two.Path, failure.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _one.Dispose();
        _two.Dispose();
    }

    private Task<LlumnixNode> StartAsync(params string[] sets) => LlumnixNode.StartAsync(LlumnixConfiguration.Load(sets:
        [$"llumnix.models.one.path={_one.Path}", $"llumnix.models.two.path={_two.Path}", "llumnix.engine.threads=1", .. sets]));
}
