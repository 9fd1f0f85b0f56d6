using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Testing;

namespace Llumnix.Actors.Tests.Cluster;

public sealed class SingleNodeTests
{
    [Fact]
    public async Task A_node_serves_a_model_folder()
    {
        using var folder = new TinyModelFolder();
        var configuration = LlumnixConfiguration.Load(sets: [$"llumnix.model.path={folder.Path}", "llumnix.instances.count=2"]);
        await using var node = await LlumnixNode.StartAsync(configuration);
        Assert.True(node.Ready);
        using var stream = node.Client!.Generate(new GenerateRequest
        {
            Id = RequestId.FromRandomBits(1, 2 << 16),
            Model = "tiny",
            Prompt = [1, 2, 3],
            Sampling = new SamplingParameters { Temperature = 0, MaxTokens = 20, IgnoreEos = true },
        });
        var events = new List<GenerationEvent>();
        await foreach (var e in stream.Events.ReadAllAsync()) events.Add(e);
        Assert.Equal(21, events.Count);
        Assert.Equal(GenerationEventKind.Finished, events[^1].Kind);
    }
}
