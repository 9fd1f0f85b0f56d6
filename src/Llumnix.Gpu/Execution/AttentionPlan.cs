using Llumnix.Gpu.Kernels;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Execution;

/// <summary>
/// Cuts a step's attention into units that keep all threads busy. The cut decides who computes what, never a bit of the result: see
/// <see cref="AttentionTile"/>.
/// </summary>
internal sealed class AttentionPlan(ModelConfig model, int threads)
{
    /// <summary>The most queries of one request in a unit.</summary>
    public const int MaxQueries = 16;

    private const int UnitsPerThread = 4;
    private readonly int _stateSize = AttentionTile.StateSize(PaddedHead(model));
    private AttentionUnit[] _units = new AttentionUnit[64];
    private AttentionJoin[] _joins = new AttentionJoin[16];

    public int Units { get; private set; }

    public int Joins { get; private set; }

    /// <summary>Floats that the states of spans computed apart take.</summary>
    public long PartialFloats { get; private set; }

    /// <summary>A head's width as attention reads it: padded to whole vectors.</summary>
    public static int PaddedHead(ModelConfig model) => (model.HeadDim + VectorMath.Lanes - 1) / VectorMath.Lanes * VectorMath.Lanes;

    public AttentionUnit Unit(int index) => _units[index];

    public AttentionJoin Join(int index) => _joins[index];

    /// <summary>Plans a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="samplesOnly">
    /// Only the last positions of items that sample are computed, and results go to consecutive rows: what the last layer needs.
    /// </param>
    public void Build(BatchPlan step, bool samplesOnly)
    {
        Units = Joins = 0;
        PartialFloats = 0;
        int wanted = threads * UnitsPerThread;
        int chunks = 0;
        for (int i = 0; i < step.Items.Count; i++)
        {
            BatchItem item = step.Items[i];
            if (samplesOnly) chunks += item.Samples ? 1 : 0;
            else chunks += (item.Count + MaxQueries - 1) / MaxQueries;
        }

        int row = 0, result = 0;
        for (int i = 0; i < step.Items.Count; i++)
        {
            BatchItem item = step.Items[i];
            if (!samplesOnly)
            {
                for (int from = 0; from < item.Count; from += MaxQueries)
                    Add(item, row + from, row + from, item.Start + from, Math.Min(MaxQueries, item.Count - from), chunks, wanted);
            }
            else if (item.Samples)
            {
                Add(item, row + item.Count - 1, result++, item.Start + item.Count - 1, 1, chunks, wanted);
            }

            row += item.Count;
        }
    }

    private void Add(BatchItem item, int queryRow, int resultRow, int position, int count, int chunks, int wanted)
    {
        // One query reads a position's keys of all heads in one stream; several keep one head's tile in the nearest cache instead.
        int heads = count > 1 ? 1 : threads == 1 ? model.KvHeads : Math.Clamp(model.KvHeads * chunks / wanted, 1, model.KvHeads);
        int spans = ((position + count - 1) / AttentionTile.SpanPositions) + 1;
        int spansPerUnit = spans;
        long partial = -1;
        int parts = chunks * ((model.KvHeads + heads - 1) / heads);
        if (count == 1 && spans > 1 && threads > 1 && parts < wanted)
        {
            spansPerUnit = Math.Max(1, spans * parts / wanted);
            partial = PartialFloats;
            PartialFloats += (long)spans * model.Heads * _stateSize;
            if (Joins == _joins.Length) Array.Resize(ref _joins, Joins * 2);
            _joins[Joins++] = new AttentionJoin(resultRow, spans, partial);
        }

        for (int span = 0; span < spans; span += spansPerUnit)
        {
            for (int head = 0; head < model.KvHeads; head += heads)
            {
                if (Units == _units.Length) Array.Resize(ref _units, Units * 2);
                _units[Units++] = new AttentionUnit(
                    item.BlockOffset, queryRow, resultRow, position, count, head, Math.Min(heads, model.KvHeads - head),
                    span, Math.Min(spansPerUnit, spans - span), partial);
            }
        }
    }
}
