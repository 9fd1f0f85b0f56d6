using System.Runtime.InteropServices;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Tests.Engine;

/// <summary>
/// A model of no arithmetic: its KV of a position is the token there, and its logits are a hash of all tokens it finds by the block table.
/// A block that is shared, lost or overwritten by mistake therefore changes the output, in microseconds a step.
/// </summary>
internal sealed class HashingExecutor(int vocabulary, int blocks, int blockSize, int maxContext = 4096) : IModelExecutor
{
    private readonly int[] _kv = [.. Enumerable.Repeat(-1, blocks * blockSize)];
    private float[] _logits = [];

    /// <summary>A token after which every logit is NaN.</summary>
    public int? PoisonToken { get; init; }

    /// <summary>The most positions a step has computed.</summary>
    public int LargestStep { get; private set; }

    public ModelConfig Model { get; } = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = vocabulary,
        HiddenSize = 1,
        IntermediateSize = 1,
        Layers = 1,
        Heads = 1,
        KvHeads = 1,
        HeadDim = 1,
        MaxPositions = maxContext,
    };

    public KvLayout Kv => new(blocks, 1, blockSize, 1, 1, WeightType.F32);

    public string KernelClass => "hash";

    public long WeightBytes => 0;

    public Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens)
    {
        LargestStep = Math.Max(LargestStep, plan.TokenCount);
        Array.Resize(ref _logits, Math.Max(_logits.Length, plan.SampleCount * vocabulary));
        int read = 0, row = 0;
        foreach (BatchItem item in plan.Items)
        {
            ReadOnlySpan<int> table = plan.BlockTable(item);
            for (int position = item.Start; position < item.Start + item.Count; position++)
            {
                _kv[Slot(table, position)] = tokens[read++];
            }

            if (!item.Samples) continue;
            ulong hash = 14695981039346656037;
            int last = -1;
            for (int position = 0; position < item.Start + item.Count; position++)
            {
                last = _kv[Slot(table, position)];
                hash = (hash ^ (uint)last) * 1099511628211;
            }

            var random = new Random((int)(hash ^ (hash >> 32)));
            Span<float> logits = _logits.AsSpan(row++ * vocabulary, vocabulary);
            for (int i = 0; i < vocabulary; i++) logits[i] = last == PoisonToken ? float.NaN : (random.NextSingle() * 6) - 3;
        }

        Assert.Equal(tokens.Length, read);
        return _logits.AsSpan(0, row * vocabulary);
    }

    public void ReadBlock(BlockId block, Span<byte> target) =>
        MemoryMarshal.AsBytes(_kv.AsSpan(block.Index * blockSize, blockSize)).CopyTo(target);

    public void WriteBlock(BlockId block, ReadOnlySpan<byte> source) =>
        source.CopyTo(MemoryMarshal.AsBytes(_kv.AsSpan(block.Index * blockSize, blockSize)));

    public void Dispose()
    {
    }

    private int Slot(ReadOnlySpan<int> table, int position) => (table[position / blockSize] * blockSize) + (position % blockSize);
}
