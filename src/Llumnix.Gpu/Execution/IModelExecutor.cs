using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Execution;

/// <summary>
/// One model copy with its KV memory on one device. A step's outputs for a request are the same bits whatever else is in the step and
/// however its positions were cut into steps.
/// </summary>
public interface IModelExecutor : IDisposable
{
    ModelConfig Model { get; }

    KvLayout Kv { get; }

    /// <summary>
    /// What must be equal for two executors to give the same bits: kernels, dtype and device kind, for example <c>cpu-f32-v512</c>.
    /// </summary>
    string KernelClass { get; }

    /// <summary>Bytes of weights as they lie on the device (shared ones counted in full).</summary>
    long WeightBytes { get; }

    /// <summary>Runs one step. One at a time.</summary>
    /// <param name="plan">What to compute.</param>
    /// <param name="tokens">The token ids at the positions computed, all items' one after the other, <see cref="BatchPlan.TokenCount"/> of them.</param>
    /// <returns>
    /// The logits, <c>[plan.SampleCount, vocabulary]</c> row-major, of the last position of each item that samples, in the items' order;
    /// the memory belongs to the executor and is valid (and may be overwritten by the caller) until the next call.
    /// </returns>
    Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens);

    /// <summary>
    /// A block's bytes where they lie, or nothing where the processor does not reach them: then they are copied by <see cref="ReadBlock"/>
    /// and <see cref="WriteBlock"/>. Valid until the executor is disposed of; safe beside a running step as those are.
    /// </summary>
    /// <param name="block">The block.</param>
    Memory<byte> MapBlock(BlockId block) => Memory<byte>.Empty;

    /// <summary>Copies a block out; safe beside a running step for blocks that step does not write.</summary>
    /// <param name="block">The block to read.</param>
    /// <param name="target">Receives <see cref="KvLayout.BytesPerBlock"/> bytes.</param>
    void ReadBlock(BlockId block, Span<byte> target);

    /// <summary>Copies a block in; safe beside a running step for blocks that step does not use.</summary>
    /// <param name="block">The block to write.</param>
    /// <param name="source"><see cref="KvLayout.BytesPerBlock"/> bytes.</param>
    void WriteBlock(BlockId block, ReadOnlySpan<byte> source);
}
