using System.Globalization;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Actors.Instances;

/// <summary>Makes the executors of a node's instances, which share one copy of the weights.</summary>
internal static class InstanceExecutors
{
    private const string Embedding = "model.embed_tokens.weight";

    /// <summary>Adds one executor for each instance to <paramref name="executors"/>, in order; those made before a failure stay there.</summary>
    /// <exception cref="ConfigurationException">The device is not there, or KV memory does not hold a block.</exception>
    /// <exception cref="ModelLoadException">The weights cannot be served.</exception>
    public static void Create(
        EngineOptions engine,
        ModelFolder folder,
        Func<ExecutorOptions, ModelConfig, IWeightSource, IModelExecutor> create,
        List<IModelExecutor> executors)
    {
        engine.CheckContext(folder.Config.MaxPositions);
        using var source = folder.OpenWeights();
        var options = new ExecutorOptions
        {
            Device = engine.Device,
            WeightType = engine.WeightType,
            KvType = engine.KvType,
            BlockSize = engine.BlockSize,
            Threads = engine.ThreadsOn(Environment.ProcessorCount),
            MaxTokensPerStep = engine.TokenBudget,
            MaxSamplesPerStep = engine.MaxRunning,
        };
        options = options with { BlockCount = CountBlocks(engine, options, folder, source) };
        for (int i = 0; i < engine.Instances; i++)
        {
            try
            {
                executors.Add(create(options, folder.Config, source));
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
                        $"Instance {i} does not fit in memory: its KV memory has {options.BlockCount} blocks; lower llumnix.engine.kv-memory or llumnix.instances.count."),
                    e);
            }
        }
    }

    private static int CountBlocks(EngineOptions engine, ExecutorOptions options, ModelFolder folder, IWeightSource source)
    {
        // Half-precision weights that are widened to F32 on a CPU have F32 KV memory too; elsewhere this errs on the small side.
        var stored = source.TryGet(Embedding, out var embedding) ? embedding.Type : folder.StoredType ?? WeightType.F32;
        var weights = engine.WeightType ?? (stored == WeightType.BF16 ? WeightType.BF16 : WeightType.F32);
        long bytesPerBlock = options.LayOut(folder.Config, weights).BytesPerBlock;
        var memory = GC.GetGCMemoryInfo();
        long free = Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
        return engine.BlocksFor(bytesPerBlock, folder.Config.MaxPositions, free);
    }
}
