using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Benchmarks;

/// <summary>A model that costs nothing: the same logits always. What is measured with it is everything but the model.</summary>
internal sealed class ConstantExecutor : IModelExecutor
{
    private readonly float[] _logits;

    public ConstantExecutor(ExecutorOptions options, ModelConfig model)
    {
        Model = model;
        Kv = options.LayOut(model, WeightType.F32);
        _logits = new float[options.MaxSamplesPerStep * model.VocabularySize];
        for (int row = 0; row < options.MaxSamplesPerStep; row++) _logits[(row * model.VocabularySize) + 100] = 1;
    }

    public ModelConfig Model { get; }

    public KvLayout Kv { get; }

    public string KernelClass => "constant";

    public long WeightBytes => 0;

    public Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens) => _logits.AsSpan(0, plan.SampleCount * Model.VocabularySize);

    public void ReadBlock(BlockId block, Span<byte> target) => throw new NotSupportedException("It has no KV memory.");

    public void WriteBlock(BlockId block, ReadOnlySpan<byte> source) => throw new NotSupportedException("It has no KV memory.");

    public void Dispose()
    {
    }
}
