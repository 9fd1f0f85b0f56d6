using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Actors.Tests.Support;

/// <summary>A real executor behind a gate.</summary>
internal sealed class GatedExecutor(IModelExecutor executor) : IModelExecutor
{
    public StepGate Gate { get; } = new();

    public ModelConfig Model => executor.Model;

    public KvLayout Kv => executor.Kv;

    public string KernelClass => executor.KernelClass;

    public long WeightBytes => executor.WeightBytes;

    public Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens)
    {
        Gate.Await();
        return executor.Execute(plan, tokens);
    }

    public Memory<byte> MapBlock(BlockId block) => executor.MapBlock(block);

    public void ReadBlock(BlockId block, Span<byte> target) => executor.ReadBlock(block, target);

    public void WriteBlock(BlockId block, ReadOnlySpan<byte> source) => executor.WriteBlock(block, source);

    public void Dispose()
    {
        Gate.Open();
        executor.Dispose();
    }
}
