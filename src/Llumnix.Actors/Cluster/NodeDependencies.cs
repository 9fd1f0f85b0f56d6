using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Microsoft.Extensions.Logging;

namespace Llumnix.Actors.Cluster;

/// <summary>What a node takes from outside, beside its configuration.</summary>
public sealed record NodeDependencies
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The program's log; without one nothing is logged.</summary>
    public ILoggerFactory? Log { get; init; }

    /// <summary>Makes the executor of one instance.</summary>
    public Func<ExecutorOptions, ModelConfig, IWeightSource, IModelExecutor> CreateExecutor { get; init; } = Executors.Create;

    /// <summary>Bytes of memory that nobody uses.</summary>
    public Func<long> FreeMemory { get; init; } = Launching.FreeMemory.Bytes;

    /// <summary>Draws among equally good instances.</summary>
    public Random Random { get; init; } = Random.Shared;
}
