using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Host.Tests.Serving;

/// <summary>The right answers: one request at a time through one model copy, with no cluster around it.</summary>
public sealed class BareEngine : IDisposable
{
    private const int BlockSize = 16;

    private readonly IWeightSource _weights;
    private readonly IModelExecutor _executor;
    private readonly OutputRules _rules;
    private ulong _count;

    public BareEngine(string path)
    {
        Folder = ModelFolder.Load(path);
        _weights = Folder.OpenWeights();
        ModelConfig config = Folder.Config;
        _executor = Executors.Create(
            new ExecutorOptions { BlockCount = (config.MaxPositions / BlockSize) + 2, BlockSize = BlockSize }, config, _weights);
        _rules = new OutputRules(config.VocabularySize, config.MaxPositions, Folder.EndTokenIds, Folder.Tokenizer);
    }

    public ModelFolder Folder { get; }

    /// <summary>The output tokens of one request.</summary>
    public int[] Generate(int[] prompt, SamplingParameters sampling)
    {
        var loop = new EngineLoop(_executor, new BatchSchedulerOptions
        {
            BlockCount = _executor.Kv.Blocks,
            BlockSize = BlockSize,
            MaxContext = Folder.Config.MaxPositions,
        });
        var sequence = new Sequence(new RequestId(1, ++_count << 16), prompt, sampling, _rules);
        Assert.True(loop.Add(sequence, Priority.Normal).IsAccepted);
        while (loop.Count > 0) loop.Step();
        return [.. sequence.Output];
    }

    /// <summary>What those tokens say after the prompt; an end token says nothing.</summary>
    public string TextOf(int[] prompt, int[] output)
    {
        string before = Folder.Tokenizer.Decode(prompt);
        return Folder.Tokenizer.Decode([.. prompt, .. output])[before.Length..];
    }

    public void Dispose()
    {
        _executor.Dispose();
        _weights.Dispose();
    }
}
