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

    public KvLayout Kv { get; } = new(blocks, 1, blockSize, 1, 1, WeightType.F32);

    public string KernelClass => "hash";

    public long WeightBytes => 0;

    public Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens)
    {
        LargestStep = Math.Max(LargestStep, plan.TokenCount);
        if (_logits.Length < plan.SampleCount * vocabulary) _logits = new float[plan.SampleCount * vocabulary];
        int read = 0, row = 0;
        for (int i = 0; i < plan.Items.Count; i++)
        {
            BatchItem item = plan.Items[i];
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

            Span<float> logits = _logits.AsSpan(row++ * vocabulary, vocabulary);
            for (int token = 0; token < vocabulary; token++)
            {
                ulong mixed = (hash + (ulong)token) * 0x9E3779B97F4A7C15;
                logits[token] = last == PoisonToken ? float.NaN : ((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9 >> 40) * (6f / (1 << 24));
            }
        }

        if (tokens.Length != read) Assert.Fail($"The plan computes {read} tokens, but {tokens.Length} were given.");
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
