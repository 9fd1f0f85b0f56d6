using Llumnix.Gpu.Models;
using Llumnix.Scheduling.Batching;
using static TorchSharp.torch;

namespace Llumnix.Gpu.Execution;

/// <summary>One step's indices on the device. Its tensors belong to the dispose scope it was made in.</summary>
internal sealed class TorchStep
{
    private readonly BatchPlan _plan;
    private readonly KvLayout _kv;
    private readonly ModelConfig _model;
    private readonly Device _device;

    private TorchStep(BatchPlan plan, KvLayout kv, ModelConfig model, Device device)
    {
        _plan = plan;
        _kv = kv;
        _model = model;
        _device = device;
    }

    /// <summary>Token ids, <c>[rows]</c>, padded with token 0.</summary>
    public required Tensor Tokens { get; init; }

    /// <summary>Positions, <c>[rows]</c>.</summary>
    public required Tensor Positions { get; init; }

    /// <summary>Of position times frequency, <c>[rows, 1, half]</c>.</summary>
    public required Tensor Cosines { get; init; }

    /// <summary>Theirs.</summary>
    public required Tensor Sines { get; init; }

    /// <summary>The block each token's KV goes to, without padding.</summary>
    public required Tensor BlockIndices { get; init; }

    /// <summary>Its place in the block.</summary>
    public required Tensor SlotIndices { get; init; }

    /// <summary>The rows that sample, padded with row 0.</summary>
    public required Tensor SampledRows { get; init; }

    /// <summary>Uploads a step.</summary>
    public static TorchStep Prepare(
        BatchPlan plan, ReadOnlySpan<int> tokens, ModelConfig model, KvLayout kv, double[] frequencies, int rowMultiple, Device device)
    {
        int rows = RoundUp(plan.TokenCount, rowMultiple), half = frequencies.Length;
        long[] ids = new long[rows], positions = new long[rows], blocks = new long[plan.TokenCount], slots = new long[plan.TokenCount];
        long[] sampled = new long[RoundUp(plan.SampleCount, rowMultiple)];
        float[] cosines = new float[rows * half], sines = new float[rows * half];
        int row = 0, sample = 0;
        for (int i = 0; i < plan.Items.Count; i++)
        {
            BatchItem item = plan.Items[i];
            ReadOnlySpan<int> table = plan.BlockTable(item);
            for (int j = 0; j < item.Count; j++, row++)
            {
                int position = item.Start + j;
                ids[row] = tokens[row];
                positions[row] = position;
                blocks[row] = table[position / kv.BlockSize];
                slots[row] = position % kv.BlockSize;
                for (int f = 0; f < half; f++)
                {
                    (double sine, double cosine) = Math.SinCos(position * frequencies[f]);
                    cosines[(row * half) + f] = (float)cosine;
                    sines[(row * half) + f] = (float)sine;
                }
            }

            if (item.Samples) sampled[sample++] = row - 1;
        }

        return new TorchStep(plan, kv, model, device)
        {
            Tokens = tensor(ids, device: device),
            Positions = tensor(positions, device: device),
            Cosines = tensor(cosines, [rows, 1, half], device: device),
            Sines = tensor(sines, [rows, 1, half], device: device),
            BlockIndices = tensor(blocks, device: device),
            SlotIndices = tensor(slots, device: device),
            SampledRows = tensor(sampled, device: device),
        };
    }

    /// <summary>
    /// Cuts the step into groups that attention takes at once: runs of items of one token each, and pieces of longer items, so that neither
    /// the keys gathered nor the scores exceed <paramref name="elements"/> (but for a single query that alone does).
    /// </summary>
    public IEnumerable<Group> Groups(long elements)
    {
        int row = 0;
        for (int i = 0; i < _plan.Items.Count;)
        {
            BatchItem item = _plan.Items[i];
            if (item.Count > 1)
            {
                long scores = (long)BlocksOf(item.Start + item.Count) * _kv.BlockSize * _model.Heads;
                int step = (int)Math.Clamp(elements / scores, 1, item.Count);
                for (int from = 0; from < item.Count; from += step)
                {
                    int count = Math.Min(step, item.Count - from);
                    yield return new Group(i, 1, row + from, count, BlocksOf(item.Start + from + count));
                }

                row += item.Count;
                i++;
                continue;
            }

            int requests = 0, blocks = 0;
            for (; i + requests < _plan.Items.Count && _plan.Items[i + requests].Count == 1; requests++)
            {
                int wider = Math.Max(blocks, BlocksOf(_plan.Items[i + requests].Start + 1));
                if (requests > 0 && (long)wider * (requests + 1) * _kv.BlockSize * _model.KvWidth > elements) break;
                blocks = wider;
            }

            yield return new Group(i, requests, row, 1, blocks);
            row += requests;
            i += requests;
        }
    }

    /// <summary>The block tables of a group one after the other, each padded with block 0 to the group's width.</summary>
    public Tensor Table(Group group)
    {
        long[] ids = new long[group.Requests * group.Blocks];
        for (int i = 0; i < group.Requests; i++)
        {
            BatchItem item = _plan.Items[group.FirstItem + i];
            ReadOnlySpan<int> table = _plan.BlockTable(item);
            int used = Math.Min(group.Blocks, BlocksOf(item.Start + item.Count));
            for (int j = 0; j < used; j++) ids[(i * group.Blocks) + j] = table[j];
        }

        return tensor(ids, device: _device);
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private int BlocksOf(int tokens) => (tokens + _kv.BlockSize - 1) / _kv.BlockSize;

    /// <summary>Queries that attention takes at once.</summary>
    /// <param name="FirstItem">The first of the plan's items.</param>
    /// <param name="Requests">Items.</param>
    /// <param name="FirstRow">Row of the first query.</param>
    /// <param name="Count">Queries of each item.</param>
    /// <param name="Blocks">Blocks that the longest of them sees.</param>
    public readonly record struct Group(int FirstItem, int Requests, int FirstRow, int Count, int Blocks);
}
