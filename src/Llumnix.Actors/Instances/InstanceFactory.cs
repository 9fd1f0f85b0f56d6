using System.Globalization;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Actors.Instances;

/// <summary>Makes a node's instances of one model, which share one copy of its weights and are alike in all else.</summary>
internal sealed class InstanceFactory : IDisposable
{
    private const string Embedding = "model.embed_tokens.weight";

    private readonly EngineOptions _engine;
    private readonly LoadedModel _model;
    private readonly IWeightSource _source;
    private readonly ExecutorOptions _options;
    private readonly Func<ExecutorOptions, ModelConfig, IWeightSource, IModelExecutor> _create;

    private InstanceFactory(
        EngineOptions engine,
        LoadedModel model,
        IWeightSource source,
        ExecutorOptions options,
        Func<ExecutorOptions, ModelConfig, IWeightSource, IModelExecutor> create)
    {
        _engine = engine;
        _model = model;
        _source = source;
        _options = options;
        _create = create;
    }

    /// <summary>Compute threads of each instance.</summary>
    public int Threads => _options.Threads;

    /// <summary>Bytes of each instance's KV memory.</summary>
    public required long KvBytes { get; init; }

    /// <summary>About as many bytes as the weights take, which the first instance loads.</summary>
    public long WeightBytes => _source.Names.Sum(name => _source.TryGet(name, out var tensor) ? tensor.ElementCount * (tensor.Type == WeightType.BF16 ? 2L : 4) : 0);

    /// <summary>Maps a model's weights.</summary>
    /// <param name="engine">What the node's instances have in common.</param>
    /// <param name="model">The model.</param>
    /// <param name="sharing">How many instances, of any model, share the node's cores and memory.</param>
    /// <param name="create">Makes one executor.</param>
    /// <exception cref="ConfigurationException">KV memory does not hold a block, or a step not a whole prompt where it must.</exception>
    /// <exception cref="ModelLoadException">The weights are missing or damaged.</exception>
    public static InstanceFactory Open(
        EngineOptions engine, LoadedModel model, int sharing, Func<ExecutorOptions, ModelConfig, IWeightSource, IModelExecutor> create)
    {
        engine.CheckContext(model.Folder.Config.MaxPositions);
        var source = model.Folder.OpenWeights();
        try
        {
            var options = new ExecutorOptions
            {
                Device = engine.Device,
                WeightType = engine.WeightType,
                KvType = engine.KvType,
                BlockSize = engine.BlockSize,
                Threads = engine.ThreadsOn(Environment.ProcessorCount, sharing),
                MaxTokensPerStep = engine.TokenBudget,
                MaxSamplesPerStep = engine.MaxRunning,
            };
            var (blocks, bytesPerBlock) = CountBlocks(engine, options, model, source, sharing);
            return new InstanceFactory(engine, model, source, options with { BlockCount = blocks }, create) { KvBytes = blocks * bytesPerBlock };
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Makes one executor; takes as long as loading weights where none shares its own yet.</summary>
    /// <exception cref="ConfigurationException">The device is not there, or memory does not suffice.</exception>
    /// <exception cref="ModelLoadException">The weights cannot be served.</exception>
    public IModelExecutor CreateExecutor()
    {
        try
        {
            return _create(_options, _model.Folder.Config, _source);
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
        catch (OutOfMemoryException e)
        {
            throw new ConfigurationException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"An instance of {_model.Name} does not fit in memory: its KV memory has {_options.BlockCount} blocks; lower llumnix.engine.kv-memory or llumnix.instances.count."),
                e);
        }
    }

    /// <summary>What the instance of an executor is made with.</summary>
    public InstanceSetup SetUp(IModelExecutor executor, InstanceId id, InstanceHost host) => new(
        id,
        // The time, so that it rises from one start to the next.
        host.Time.GetUtcNow().UtcTicks,
        _model.Name,
        _model.Rules,
        new PromptHasher(_model.Name, executor.KernelClass, _engine.BlockSize, _engine.PrefixCaching),
        new BatchSchedulerOptions
        {
            BlockCount = executor.Kv.Blocks,
            BlockSize = _engine.BlockSize,
            TokenBudget = _engine.TokenBudget,
            Prefill = _engine.Prefill,
            MaxRunning = _engine.MaxRunning,
            MaxWaiting = _engine.MaxWaiting,
            MaxContext = _model.Folder.Config.MaxPositions,
            Watermark = _engine.Watermark,
            PrefixCaching = _engine.PrefixCaching,
            QueueOrder = host.Queues.Order,
            PreemptsLower = host.Priorities.Classes.PreemptsLower,
        },
        host.Node,
        _engine.Device,
        executor.KernelClass,
        _engine.StepDeadline,
        host.Delivery,
        host.Load,
        host.Migration,
        host.Time);

    /// <summary>Unmaps the weights; those loaded stay with their executors.</summary>
    public void Dispose() => _source.Dispose();

    private static (int Blocks, long BytesPerBlock) CountBlocks(EngineOptions engine, ExecutorOptions options, LoadedModel model, IWeightSource source, int sharing)
    {
        // Half-precision weights that are widened to F32 on a CPU have F32 KV memory too; elsewhere this errs on the small side.
        var folder = model.Folder;
        var stored = source.TryGet(Embedding, out var embedding) ? embedding.Type : folder.StoredType ?? WeightType.F32;
        var weights = engine.WeightType ?? (stored == WeightType.BF16 ? WeightType.BF16 : WeightType.F32);
        long bytesPerBlock = options.LayOut(folder.Config, weights).BytesPerBlock;
        var memory = GC.GetGCMemoryInfo();
        long free = Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
        return (engine.BlocksFor(bytesPerBlock, folder.Config.MaxPositions, free, sharing), bytesPerBlock);
    }
}
