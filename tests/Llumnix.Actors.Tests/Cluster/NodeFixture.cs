using System.Globalization;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Sampling;
using Llumnix.Gpu.Tokenization;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Requests;
using Llumnix.Testing;

namespace Llumnix.Actors.Tests.Cluster;

/// <summary>A model on disk, a tiny random one unless another is named, and nodes that serve it.</summary>
public sealed class NodeFixture : IDisposable
{
    private readonly TinyModelFolder? _folder;
    private readonly ITokenizer _tokenizer;
    private long _sessions;

    public NodeFixture()
        : this(new TinyModelFolder())
    {
    }

    internal NodeFixture(string path)
    {
        Path = path;
        _tokenizer = ModelFolder.Load(path).Tokenizer;
    }

    private NodeFixture(TinyModelFolder folder)
        : this(folder.Path) => _folder = folder;

    /// <summary>The folder of the model that comes with the program.</summary>
    public static string Bundled
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Llumnix.sln"))) folder = folder.Parent!;
            return System.IO.Path.Combine(folder.FullName, "models", "stories");
        }
    }

    public string Path { get; }

    /// <summary>Starts a node that serves the model; nothing moves there of itself unless <paramref name="sets"/> say so.</summary>
    public Task<LlumnixNode> StartAsync(params string[] sets) => StartAsync(dependencies: null, sets);

    /// <summary>Starts a node that serves the model, with some things from outside.</summary>
    public Task<LlumnixNode> StartAsync(NodeDependencies? dependencies, string[] sets) =>
        LlumnixNode.StartAsync(
            LlumnixConfiguration.Load(sets: [$"llumnix.model.path={Path}", "llumnix.engine.threads=1", "llumnix.rebalance.policy=none", .. sets]), dependencies);

    /// <summary>A request of the model; its id is the next.</summary>
    public GenerateRequest Request(string prompt, int maxTokens, float temperature = 0, ulong seed = 0) => new()
    {
        Id = RequestId.FromRandomBits(2, (ulong)Interlocked.Increment(ref _sessions) << 16),
        Model = System.IO.Path.GetFileName(Path),
        Prompt = _tokenizer.Encode(prompt, addSpecialTokens: true),
        Sampling = new SamplingParameters { Temperature = temperature, Seed = seed, MaxTokens = maxTokens, IgnoreEos = true },
    };

    /// <summary>What each request gives by the bare engine, one after the other.</summary>
    public int[][] Expected(IEnumerable<GenerateRequest> requests)
    {
        var folder = ModelFolder.Load(Path);
        using var weights = folder.OpenWeights();
        using var executor = Executors.Create(new ExecutorOptions { BlockCount = 64 }, folder.Config, weights);
        var rules = new OutputRules(folder.Config.VocabularySize, folder.Config.MaxPositions, folder.EndTokenIds, folder.Tokenizer);
        var loop = new EngineLoop(executor, new BatchSchedulerOptions { BlockCount = 64, MaxContext = folder.Config.MaxPositions });
        return [.. requests.Select(request =>
        {
            var sequence = new Sequence(request.Id, request.Prompt, request.Sampling, rules);
            Assert.True(loop.Add(sequence, Priority.Normal).IsAccepted);
            while (sequence.Finish == FinishReason.None) loop.Step();
            return sequence.Output.ToArray();
        })];
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static string FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    public void Dispose() => _folder?.Dispose();
}
