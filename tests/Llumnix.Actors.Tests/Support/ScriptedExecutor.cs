using System.Runtime.InteropServices;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Actors.Tests.Support;

/// <summary>
/// Stands in for a model: its KV memory holds the tokens themselves, and the logits of a position are drawn from a hash of all tokens
/// before it as the block table gives them, so that a wrong block, a wrong token or a wrong place gives other outputs. Steps can be held
/// back, fail or hang as a test asks.
/// </summary>
internal sealed class ScriptedExecutor(int blocks, int blockSize = 4) : IModelExecutor
{
    public const int Vocabulary = 33;

    public const int Context = 512;

    private readonly int[] _memory = new int[blocks * blockSize];
    private float[] _logits = [];

    public static ModelConfig Shape { get; } = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = Vocabulary,
        HiddenSize = 8,
        IntermediateSize = 8,
        Layers = 1,
        Heads = 1,
        KvHeads = 1,
        HeadDim = 8,
        MaxPositions = Context,
    };

    public ModelConfig Model => Shape;

    public KvLayout Kv { get; } = new(blocks, 1, blockSize, 1, 8, WeightType.F32);

    public string KernelClass => "scripted";

    public long WeightBytes => 0;

    /// <summary>Where its steps are held back.</summary>
    public StepGate Gate { get; } = new();

    /// <summary>Steps begun.</summary>
    public int Steps => Gate.Begun;

    /// <summary>Throw in the step of this number, from 1; 0 never.</summary>
    public int FailAtStep { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>No step begins, and one under way does not end, until <see cref="Release"/>.</summary>
    public void Hold() => Gate.Hold();

    public void Release() => Gate.Release();

    public Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens)
    {
        Gate.Await();
        if (Steps == FailAtStep) throw new InvalidOperationException("The device failed.");

        int row = 0;
        int next = 0;
        if (_logits.Length < plan.SampleCount * Vocabulary) _logits = new float[plan.SampleCount * Vocabulary];
        foreach (var item in plan.Items)
        {
            var table = plan.BlockTable(item);
            for (int i = 0; i < item.Count; i++) _memory[Slot(table, item.Start + i)] = tokens[next++];
            if (item.Samples) Draw(table, item.Start + item.Count, _logits.AsSpan(row++ * Vocabulary, Vocabulary));
        }

        return _logits.AsSpan(0, plan.SampleCount * Vocabulary);
    }

    public void ReadBlock(BlockId block, Span<byte> target) => MemoryMarshal.AsBytes(TokensOf(block)).CopyTo(target);

    public void WriteBlock(BlockId block, ReadOnlySpan<byte> source) =>
        source[..(blockSize * sizeof(int))].CopyTo(MemoryMarshal.AsBytes(TokensOf(block)));

    public void Dispose()
    {
        IsDisposed = true;
        Gate.Open();
    }

    private Span<int> TokensOf(BlockId block) => _memory.AsSpan(block.Index * blockSize, blockSize);

    private int Slot(ReadOnlySpan<int> table, int position) => (table[position / blockSize] * blockSize) + (position % blockSize);

    private void Draw(ReadOnlySpan<int> table, int length, Span<float> logits)
    {
        ulong hash = 14695981039346656037;
        for (int position = 0; position < length; position++)
        {
            hash = (hash ^ (uint)_memory[Slot(table, position)]) * 1099511628211;
            hash ^= hash >> 29;
        }

        for (int token = 0; token < logits.Length; token++)
        {
            hash = (hash + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
            hash ^= hash >> 31;
            logits[token] = (hash >> 40) / (float)(1 << 24) * 4;
        }

        // Tests that end by length would else end early now and then.
        logits[LetterTokenizer.End] = -20;
    }
}
