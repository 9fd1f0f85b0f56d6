using Llumnix.Gpu.Models;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.engine</c>: what the instances of a node have in common. Defaults stand in engine.hocon.</summary>
public sealed record EngineOptions
{
    /// <summary>With neither blocks nor bytes configured, an instance's KV memory holds this many full contexts at most.</summary>
    private const int AutoContexts = 16;

    /// <summary><c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>auto</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The number format of weights; null takes the checkpoint's.</summary>
    public required WeightType? WeightType { get; init; }

    /// <summary>The number format of KV memory; null takes that of the weights.</summary>
    public required WeightType? KvType { get; init; }

    /// <summary>Blocks of an instance's KV memory; null where bytes are configured or the size is automatic.</summary>
    public required int? Blocks { get; init; }

    /// <summary>Bytes of an instance's KV memory; null where blocks are configured or the size is automatic.</summary>
    public required long? KvMemory { get; init; }

    /// <summary>Tokens in a block, a power of two.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Compute threads of an instance; null shares the cores out among the node's instances.</summary>
    public required int? Threads { get; init; }

    /// <summary>The most tokens one step computes.</summary>
    public required int TokenBudget { get; init; }

    /// <summary>How prompts are computed beside the requests that decode.</summary>
    public required PrefillMode Prefill { get; init; }

    /// <summary>The most requests in one step.</summary>
    public required int MaxRunning { get; init; }

    /// <summary>The most requests waiting at one instance; one more is refused.</summary>
    public required int MaxWaiting { get; init; }

    /// <summary>Share of the blocks, 0 to 0.5, kept free when a waiting request is admitted.</summary>
    public required double Watermark { get; init; }

    /// <summary>Whether full blocks are kept after use and shared by requests with the same prefix.</summary>
    public required bool PrefixCaching { get; init; }

    /// <summary>A step that takes longer counts as the instance's death.</summary>
    public required TimeSpan StepDeadline { get; init; }

    /// <summary>Compute threads of an instance: as configured, else an even share, at least 1.</summary>
    /// <param name="cores">Of the machine.</param>
    /// <param name="instances">Those that share it.</param>
    public int ThreadsOn(int cores, int instances) => Threads ?? Math.Max(1, cores / Math.Max(1, instances));

    /// <summary>
    /// Blocks of an instance: as configured, else as many as the configured bytes hold, else as many as 16 full contexts need within
    /// an instance's share of a quarter of the free memory.
    /// </summary>
    /// <param name="bytesPerBlock">Bytes of one block.</param>
    /// <param name="maxContext">The model's context in tokens.</param>
    /// <param name="freeBytes">Free memory of the device, for all its instances together.</param>
    /// <param name="instances">Those that share it.</param>
    /// <exception cref="ConfigurationException">Not even one block fits.</exception>
    public int BlocksFor(long bytesPerBlock, int maxContext, long freeBytes, int instances)
    {
        if (Blocks is { } blocks) return blocks;

        long bytes = KvMemory ?? freeBytes / 4 / Math.Max(1, instances);
        long fitting = Math.Min(bytes / bytesPerBlock, int.MaxValue);
        if (fitting < 1)
        {
            throw new ConfigurationException(
                $"llumnix.engine.kv-memory is {(KvMemory is null ? "auto, which gives " : "")}{bytes} bytes, but one block of this model takes {bytesPerBlock}; give it more.");
        }

        long contexts = (long)AutoContexts * ((maxContext + BlockSize - 1) / BlockSize);
        return (int)(KvMemory is null ? Math.Min(fitting, contexts) : fitting);
    }

    /// <summary>Says what is wrong with the options for a model of <paramref name="maxContext"/> tokens.</summary>
    /// <exception cref="ConfigurationException">Whole prompts do not fit into a step.</exception>
    public void CheckContext(int maxContext)
    {
        if (Prefill == PrefillMode.WholePrompt && TokenBudget < maxContext)
        {
            throw new ConfigurationException(
                $"llumnix.engine.token-budget is {TokenBudget}, but with llumnix.engine.prefill = whole-prompt a step must hold a prompt of this model's whole context; make it at least {maxContext}.");
        }
    }

    internal static EngineOptions Read(SettingReader settings)
    {
        const string device = "llumnix.engine.device", blockSize = "llumnix.engine.block-size", blocks = "llumnix.engine.blocks", kvMemory = "llumnix.engine.kv-memory",
            tokenBudget = "llumnix.engine.token-budget", maxRunning = "llumnix.engine.max-running";
        (string, WeightType?)[] types =
        [
            ("auto", null), ("float32", Gpu.Models.WeightType.F32), ("float16", Gpu.Models.WeightType.F16), ("bfloat16", Gpu.Models.WeightType.BF16),
        ];
        var options = new EngineOptions
        {
            Device = settings.Text(device),
            WeightType = settings.Choice("llumnix.engine.dtype", types),
            KvType = settings.Choice("llumnix.engine.kv-dtype", types),
            Blocks = settings.WholeOrAuto(blocks, 1, int.MaxValue),
            KvMemory = settings.SizeOrAuto(kvMemory, 1, 1L << 50),
            BlockSize = settings.Whole(blockSize, 1, 256),
            Threads = settings.WholeOrAuto("llumnix.engine.threads", 1, 1024),
            TokenBudget = settings.Whole(tokenBudget, 1, 1 << 20),
            Prefill = settings.Choice("llumnix.engine.prefill", ("chunked", PrefillMode.Chunked), ("whole-prompt", PrefillMode.WholePrompt)),
            MaxRunning = settings.Whole(maxRunning, 1, 1 << 16),
            MaxWaiting = settings.Whole("llumnix.engine.max-waiting", 0, 1 << 24),
            Watermark = settings.Number("llumnix.engine.watermark", 0, 0.5),
            PrefixCaching = settings.Flag("llumnix.engine.prefix-caching"),
            StepDeadline = settings.Duration("llumnix.engine.step-deadline", TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)),
        };
        bool numbered = options.Device.StartsWith("cuda:", StringComparison.Ordinal)
            && byte.TryParse(options.Device.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture, out _);
        if (options.Device is not ("cpu" or "cuda" or "auto") && !numbered) throw settings.Wrong(device, "must be cpu, cuda, cuda:N (N from 0) or auto");
        if (!int.IsPow2(options.BlockSize)) throw settings.Wrong(blockSize, "must be a power of two from 1 to 256");
        if (options is { Blocks: not null, KvMemory: not null }) throw settings.Contradiction(blocks, kvMemory, "give one of them and leave the other auto");
        if (options.TokenBudget < options.MaxRunning)
            throw settings.Contradiction(tokenBudget, maxRunning, "a step must have a token for each running request, so the budget must be at least as large");
        return options;
    }
}
