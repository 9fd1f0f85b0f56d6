using System.Runtime.CompilerServices;
using Llumnix.Gpu.Kernels;
using Llumnix.Gpu.Memory;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Execution;

/// <summary>
/// The model on host memory by kernels of our own. Every output is summed in one order, whatever shares the step, however a prompt is cut
/// and however many threads compute: logits of a request are the same bits always. Activations are F32; weights are F32 or BF16.
/// </summary>
public sealed unsafe class CpuModelExecutor : IModelExecutor
{
    private readonly Share<CpuWeights> _share;
    private readonly CpuWeights _weights;
    private readonly KvMemory _kv;
    private readonly WorkerTeam _team;
    private readonly int _maxTokens;
    private readonly int _maxSamples;
    private readonly double[] _frequencies;
    private readonly float _epsilon;
    private readonly float _queryScale;

    private readonly int _hiddenStride;
    private readonly int _qkvStride;
    private readonly int _attentionStride;
    private readonly int _innerStride;
    private readonly int _headWidth;

    // A step's rows, [row, stride]; the padding behind hidden and attention rows stays zero.
    private readonly HostBuffer _residual;
    private readonly HostBuffer _qkv;
    private readonly HostBuffer _attended;
    private readonly HostBuffer _cosines;
    private readonly HostBuffer _sines;
    private readonly HostBuffer _sampledResidual;
    private readonly HostBuffer _logits;

    // Tiles that products read, [tile][k][row in tile].
    private readonly HostBuffer _normed;
    private readonly HostBuffer _attendedTiles;
    private readonly HostBuffer _gated;

    private readonly HostBuffer _attentionScratch;
    private readonly long _attentionScratchSize;
    private HostBuffer _partials = HostBuffer.OfFloats(0);
    private readonly int[] _tokens;
    private readonly int[] _positions;
    private readonly int[] _blockOffsets;
    private readonly int[] _sampledRows;
    private readonly RowTiles _allTiles;
    private readonly RowTiles _sampledTiles;
    private readonly AttentionPlan _allAttention;
    private readonly AttentionPlan _sampledAttention;

    private readonly Action<int, int> _embedPhase;
    private readonly Action<int, int> _inputNormPhase;
    private readonly Action<int, int> _qkvPhase;
    private readonly Action<int, int> _rotatePhase;
    private readonly Action<int, int> _attendPhase;
    private readonly Action<int, int> _joinPhase;
    private readonly Action<int, int> _tilePhase;
    private readonly Action<int, int> _outputPhase;
    private readonly Action<int, int> _mlpNormPhase;
    private readonly Action<int, int> _gateUpPhase;
    private readonly Action<int, int> _downPhase;
    private readonly Action<int, int> _finalNormPhase;
    private readonly Action<int, int> _headPhase;

    // What the phase under way works on.
    private BatchPlan _step = new();
    private CpuLayer _layer = null!;
    private int _layerIndex;
    private RowTiles _tiles;
    private AttentionPlan _attention;
    private HostBuffer _stream;
    private int _panelsPerUnit;
    private bool _disposed;

    /// <summary>Loads the model, or shares what another instance in the process has loaded from the same source.</summary>
    /// <param name="options">How to execute it.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="source">Its weights; may be closed once this returns.</param>
    /// <exception cref="ModelLoadException">A tensor is missing or has the wrong shape.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public CpuModelExecutor(ExecutorOptions options, ModelConfig model, IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(source);
        ModelTensors.Check(model, source);
        WeightType type = WeightTypeOf(options, model, source);
        Model = model;
        Kv = options.LayOut(model, type);
        KernelClass = $"cpu-{Name(type)}-kv{Name(Kv.Type)}-v512";
        _maxTokens = options.MaxTokensPerStep;
        _maxSamples = options.MaxSamplesPerStep;
        _frequencies = RotaryFrequencies.Of(model);
        _epsilon = (float)model.RmsNormEpsilon;
        _queryScale = (float)(1 / Math.Sqrt(model.HeadDim));

        _share = SharedWeights.Acquire(source, model, $"cpu-{Name(type)}", () => CpuWeights.Load(model, source, type));
        _weights = _share.Weights;
        _kv = new KvMemory(Kv);
        _team = new WorkerTeam(options.Threads, "llumnix-compute");

        _hiddenStride = Padded(model.HiddenSize);
        _qkvStride = Padded(model.QueryWidth + (2 * model.KvWidth));
        _attentionStride = Padded(model.QueryWidth);
        _innerStride = Padded(model.IntermediateSize);
        _headWidth = AttentionPlan.PaddedHead(model);
        int packed = RowTiles.PackedRows(_maxTokens);
        _residual = Zeros((long)_maxTokens * _hiddenStride);
        _qkv = HostBuffer.OfFloats((long)_maxTokens * _qkvStride);
        _attended = HostBuffer.OfFloats((long)_maxTokens * _attentionStride);
        _cosines = HostBuffer.OfFloats((long)_maxTokens * _frequencies.Length);
        _sines = HostBuffer.OfFloats((long)_maxTokens * _frequencies.Length);
        _sampledResidual = Zeros((long)_maxSamples * _hiddenStride);
        _logits = HostBuffer.OfFloats((long)_maxSamples * model.VocabularySize);
        _normed = Zeros((long)packed * _hiddenStride);
        _attendedTiles = Zeros((long)packed * _attentionStride);
        _gated = Zeros((long)packed * _innerStride);

        int queries = Math.Max(AttentionPlan.MaxQueries * (model.Heads / model.KvHeads), model.Heads);
        _attentionScratchSize = ((long)queries * (_headWidth + (2 * AttentionTile.StateSize(_headWidth))))
            + (2L * AttentionTile.Positions * _headWidth);
        _attentionScratch = Zeros(_attentionScratchSize * _team.Size);
        _tokens = new int[_maxTokens];
        _positions = new int[_maxTokens];
        _blockOffsets = new int[_maxTokens];
        _sampledRows = new int[_maxSamples];
        _tiles = _allTiles = new RowTiles(_maxTokens);
        _sampledTiles = new RowTiles(_maxSamples);
        _attention = _allAttention = new AttentionPlan(model, _team.Size);
        _sampledAttention = new AttentionPlan(model, _team.Size);
        _stream = _residual;

        _embedPhase = Embed;
        _inputNormPhase = (tile, _) => Norm(_layer.InputNorm, tile);
        _qkvPhase = (unit, _) => PanelProduct.Run(
            _layer.Qkv, _normed.Floats, _hiddenStride, _tiles, _panelsPerUnit, unit,
            new StoreEpilogue(_qkv.Floats, _qkvStride, FloatsOf(_layer.QkvBias)));
        _rotatePhase = Rotate;
        _attendPhase = Attend;
        _joinPhase = Join;
        _tilePhase = TileAttended;
        _outputPhase = (unit, _) => PanelProduct.Run(
            _layer.Output, AttendedTiles, _attentionStride, _tiles, _panelsPerUnit, unit,
            new ResidualEpilogue(_stream.Floats, _hiddenStride, FloatsOf(_layer.OutputBias)));
        _mlpNormPhase = (tile, _) => Norm(_layer.MlpNorm, tile);
        _gateUpPhase = (unit, _) => PanelProduct.Run(
            _layer.GateUp, _normed.Floats, _hiddenStride, _tiles, _panelsPerUnit, unit,
            new GatedEpilogue(_gated.Floats, _innerStride, FloatsOf(_layer.GateUpBias)));
        _downPhase = (unit, _) => PanelProduct.Run(
            _layer.Down, _gated.Floats, _innerStride, _tiles, _panelsPerUnit, unit,
            new ResidualEpilogue(_stream.Floats, _hiddenStride, FloatsOf(_layer.DownBias)));
        _finalNormPhase = (tile, _) => Norm(_weights.FinalNorm, tile);
        _headPhase = (unit, _) => PanelProduct.Run(
            _weights.Head, _normed.Floats, _hiddenStride, _tiles, _panelsPerUnit, unit,
            new LogitsEpilogue(_logits.Floats, Model.VocabularySize));
    }

    public ModelConfig Model { get; }

    public KvLayout Kv { get; }

    public string KernelClass { get; }

    public long WeightBytes => _weights.Bytes;

    // One row lies the same way in a tile as outside.
    private float* AttendedTiles => _tiles.Rows == 1 ? _attended.Floats : _attendedTiles.Floats;

    public Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ObjectDisposedException.ThrowIf(_disposed, this);
        StepCheck.Check(plan, tokens, Model, Kv, _maxTokens, _maxSamples);
        if (plan.TokenCount == 0) return [];

        Prepare(plan, tokens);
        _team.For(plan.TokenCount, _embedPhase);
        for (_layerIndex = 0; _layerIndex < _weights.Layers.Length; _layerIndex++)
        {
            _layer = _weights.Layers[_layerIndex];
            _team.For(_tiles.Count, _inputNormPhase);
            Multiply(_layer.Qkv, _qkvPhase);
            _team.For(plan.TokenCount, _rotatePhase);
            if (_layerIndex == _weights.Layers.Length - 1 && plan.SampleCount < plan.TokenCount)
            {
                // Nobody reads the last layer's output of positions that do not sample; their K and V are written by now.
                if (plan.SampleCount == 0) return [];
                KeepSampledRows();
            }

            _team.For(_attention.Units, _attendPhase);
            _team.For(_attention.Joins, _joinPhase);
            if (_tiles.Rows > 1) _team.For(_tiles.Count, _tilePhase);
            Multiply(_layer.Output, _outputPhase);
            _team.For(_tiles.Count, _mlpNormPhase);
            Multiply(_layer.GateUp, _gateUpPhase);
            Multiply(_layer.Down, _downPhase);
        }

        _team.For(_tiles.Count, _finalNormPhase);
        Multiply(_weights.Head, _headPhase);
        return new Span<float>(_logits.Floats, checked(plan.SampleCount * Model.VocabularySize));
    }

    public Memory<byte> MapBlock(BlockId block) => _kv.Map(block);

    public void ReadBlock(BlockId block, Span<byte> target) => _kv.Read(block, target);

    public void WriteBlock(BlockId block, ReadOnlySpan<byte> source) => _kv.Write(block, source);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _team.Dispose();
        _kv.Dispose();
        _share.Dispose();
        HostBuffer[] buffers =
        [
            _residual, _qkv, _attended, _cosines, _sines, _sampledResidual, _logits, _normed, _attendedTiles, _gated, _attentionScratch,
            _partials,
        ];
        foreach (HostBuffer buffer in buffers) buffer.Dispose();
    }

    private static WeightType WeightTypeOf(ExecutorOptions options, ModelConfig model, IWeightSource source)
    {
        if (options.WeightType == WeightType.F16)
            throw new ArgumentException("Weights of type f16 are not computed on cpu; choose f32, which holds them exactly, or bf16.");

        WeightType found = ModelTensors.Require(source, ModelTensors.Embedding, model.VocabularySize, model.HiddenSize).Type;
        return options.WeightType ?? (found == WeightType.BF16 ? WeightType.BF16 : WeightType.F32);
    }

    private static string Name(WeightType type) => type switch { WeightType.F32 => "f32", WeightType.F16 => "f16", _ => "bf16" };

    private static int Padded(int width) => (width + PackedMatrix.PanelRows - 1) / PackedMatrix.PanelRows * PackedMatrix.PanelRows;

    private static HostBuffer Zeros(long count)
    {
        HostBuffer buffer = HostBuffer.OfFloats(count);
        buffer.Clear();
        return buffer;
    }

    private static float* FloatsOf(HostBuffer? buffer) => buffer is null ? null : buffer.Floats;

    private void Multiply(PackedMatrix matrix, Action<int, int> phase)
    {
        _panelsPerUnit = PanelProduct.PanelsPerUnit(matrix, _tiles, _team.Size);
        _team.For(PanelProduct.Units(matrix, _tiles, _team.Size), phase);
    }

    private void Prepare(BatchPlan plan, ReadOnlySpan<int> tokens)
    {
        _step = plan;
        tokens.CopyTo(_tokens);
        int row = 0, sampled = 0;
        for (int i = 0; i < plan.Items.Count; i++)
        {
            BatchItem item = plan.Items[i];
            for (int j = 0; j < item.Count; j++, row++)
            {
                _positions[row] = item.Start + j;
                _blockOffsets[row] = item.BlockOffset;
            }

            if (item.Samples) _sampledRows[sampled++] = row - 1;
        }

        _allTiles.Cut(plan.TokenCount);
        _sampledTiles.Cut(plan.SampleCount);
        _allAttention.Build(plan, samplesOnly: false);
        _sampledAttention.Build(plan, samplesOnly: true);
        long partials = Math.Max(_allAttention.PartialFloats, _sampledAttention.PartialFloats) * sizeof(float);
        if (partials > _partials.Bytes)
        {
            _partials.Dispose();
            _partials = new HostBuffer(partials + (partials / 2));
        }

        _tiles = _allTiles;
        _attention = _allAttention;
        _stream = _residual;
    }

    private void KeepSampledRows()
    {
        for (int i = 0; i < _sampledTiles.Rows; i++)
        {
            new Span<float>(_residual.Floats + ((long)_sampledRows[i] * _hiddenStride), _hiddenStride)
                .CopyTo(new Span<float>(_sampledResidual.Floats + ((long)i * _hiddenStride), _hiddenStride));
        }

        _tiles = _sampledTiles;
        _attention = _sampledAttention;
        _stream = _sampledResidual;
    }

    private void Embed(int row, int rank)
    {
        _weights.Embed(_tokens[row], _residual.Floats + ((long)row * _hiddenStride));
        int half = _frequencies.Length;
        float* cosines = _cosines.Floats + ((long)row * half);
        float* sines = _sines.Floats + ((long)row * half);
        for (int i = 0; i < half; i++)
        {
            (double sine, double cosine) = Math.SinCos(_positions[row] * _frequencies[i]);
            cosines[i] = (float)cosine;
            sines[i] = (float)sine;
        }
    }

    private void Norm(HostBuffer weight, int tile)
    {
        int width = _tiles.Width(tile), used = _tiles.Used(tile);
        float* source = _stream.Floats + ((long)_tiles.Row(tile) * _hiddenStride);
        float* target = _normed.Floats + _tiles.Offset(tile, _hiddenStride);
        for (int r = 0; r < used; r++, source += _hiddenStride)
            RmsNorm.Row(source, weight.Floats, Model.HiddenSize, _hiddenStride, _epsilon, target + r, width);
    }

    private void Rotate(int row, int rank)
    {
        int half = _frequencies.Length, width = Model.HeadDim;
        float* cosines = _cosines.Floats + ((long)row * half);
        float* sines = _sines.Floats + ((long)row * half);
        float* query = _qkv.Floats + ((long)row * _qkvStride);
        float* key = query + Model.QueryWidth;
        float* value = key + Model.KvWidth;
        for (int head = 0; head < Model.Heads; head++) Turn(query + (head * width), _layer.QueryNorm);
        for (int head = 0; head < Model.KvHeads; head++) Turn(key + (head * width), _layer.KeyNorm);
        Rotation.Scale(query, Model.QueryWidth, _queryScale);

        int position = _positions[row];
        int block = _step.Blocks[_blockOffsets[row] + (position / Kv.BlockSize)];
        long offset = (long)(position % Kv.BlockSize) * Model.KvWidth * Kv.BytesPerElement;
        KvRows.Store(Kv.Type, key, _kv.Plane(block, _layerIndex, 0) + offset, Model.KvWidth);
        KvRows.Store(Kv.Type, value, _kv.Plane(block, _layerIndex, 1) + offset, Model.KvWidth);

        void Turn(float* head, HostBuffer? norm)
        {
            if (norm is not null) RmsNorm.Short(head, norm.Floats, width, _epsilon);
            Rotation.Apply(head, cosines, sines, half);
        }
    }

    private void Attend(int index, int rank)
    {
        AttentionUnit unit = _attention.Unit(index);
        int group = Model.Heads / Model.KvHeads, size = AttentionTile.StateSize(_headWidth);
        int queryCount = unit.Heads * group * unit.Count;
        float* queries = _attentionScratch.Floats + (rank * _attentionScratchSize);
        float* states = queries + ((long)queryCount * _headWidth);
        float* totals = states + ((long)queryCount * size);
        float* tiles = _attentionScratch.Floats + ((rank + 1) * _attentionScratchSize) - (2L * AttentionTile.Positions * _headWidth);
        CopyQueries(unit, group, queries);

        int last = unit.Position + unit.Count - 1;
        for (int span = unit.FirstSpan; span < unit.FirstSpan + unit.Spans; span++)
        {
            int start = span * AttentionTile.SpanPositions, end = Math.Min(start + AttentionTile.SpanPositions - 1, last);
            for (int q = 0; q < queryCount; q++) AttentionTile.Open(states + ((long)q * size), _headWidth);
            for (int first = start; first <= end; first += AttentionTile.Positions)
            {
                int present = Math.Min(AttentionTile.Positions, end - first + 1);
                for (int head = 0; head < unit.Heads; head++)
                {
                    long q = (long)head * group * unit.Count;
                    TakeTile(unit, first, present, unit.FirstHead + head, states + (q * size), queries + (q * _headWidth), tiles);
                }
            }

            CloseSpan(unit, span, states, totals, queryCount, size);
        }

        if (unit.Partial >= 0) return;

        for (int q = 0; q < queryCount; q++)
        {
            int head = (unit.FirstHead * group) + (q / unit.Count), row = unit.ResultRow + (q % unit.Count);
            AttentionTile.Finish(
                totals + ((long)q * size), _headWidth,
                _attended.Floats + ((long)row * _attentionStride) + (head * Model.HeadDim), Model.HeadDim);
        }
    }

    private void CopyQueries(in AttentionUnit unit, int group, float* target)
    {
        for (int head = unit.FirstHead * group; head < (unit.FirstHead + unit.Heads) * group; head++)
        {
            for (int t = 0; t < unit.Count; t++, target += _headWidth)
            {
                float* query = _qkv.Floats + ((long)(unit.QueryRow + t) * _qkvStride) + (head * Model.HeadDim);
                new Span<float>(query, Model.HeadDim).CopyTo(new Span<float>(target, _headWidth));
                new Span<float>(target + Model.HeadDim, _headWidth - Model.HeadDim).Clear();
            }
        }
    }

    // One tile of one key head, for all queries of the unit that share the head.
    private void TakeTile(in AttentionUnit unit, int first, int present, int head, float* states, float* queries, float* scratch)
    {
        ReadOnlySpan<int> blocks = _step.Blocks.Slice(unit.BlockOffset);
        nint stride = Model.KvWidth * Kv.BytesPerElement;
        bool whole = Model.HeadDim == _headWidth && Kv.BlockSize % AttentionTile.Positions == 0;
        if (whole && (Kv.Type == WeightType.F32 || unit.Count * Model.Heads == Model.KvHeads))
        {
            // The rows stand as the kernel reads them, and widening them where they are read costs less than copying for a single query.
            byte* key = Row(blocks, first, head, 0);
            byte* value = Row(blocks, first, head, 1);
            switch (Kv.Type)
            {
                case WeightType.F32: TakeQueries<F32Kv>(unit, first, present, states, queries, key, value, stride); break;
                case WeightType.BF16: TakeQueries<Bf16Kv>(unit, first, present, states, queries, key, value, stride); break;
                default: TakeQueries<F16Kv>(unit, first, present, states, queries, key, value, stride); break;
            }

            return;
        }

        float* keys = scratch;
        float* values = scratch + (AttentionTile.Positions * _headWidth);
        for (int j = 0; j < present;)
        {
            int run = Math.Min(present - j, Kv.BlockSize - ((first + j) % Kv.BlockSize));
            KvRows.Load(Kv.Type, Row(blocks, first + j, head, 0), stride, keys + (j * _headWidth), _headWidth, run, Model.HeadDim);
            KvRows.Load(Kv.Type, Row(blocks, first + j, head, 1), stride, values + (j * _headWidth), _headWidth, run, Model.HeadDim);
            j += run;
        }

        TakeQueries<F32Kv>(unit, first, present, states, queries, (byte*)keys, (byte*)values, _headWidth * sizeof(float));
    }

    private byte* Row(ReadOnlySpan<int> blocks, int position, int head, int plane)
    {
        long element = ((long)(position % Kv.BlockSize) * Model.KvWidth) + (head * Model.HeadDim);
        return _kv.Plane(blocks[position / Kv.BlockSize], _layerIndex, plane) + (element * Kv.BytesPerElement);
    }

    private void TakeQueries<TFormat>(
        in AttentionUnit unit, int first, int present, float* states, float* queries, byte* keys, byte* values, nint stride)
        where TFormat : struct, IKvFormat
    {
        int group = Model.Heads / Model.KvHeads, size = AttentionTile.StateSize(_headWidth);
        for (int g = 0; g < group; g++)
        {
            for (int t = 0; t < unit.Count; t++, states += size, queries += _headWidth)
            {
                int visible = Math.Min(present, unit.Position + t - first + 1);
                if (visible > 0) AttentionTile.Take<TFormat>(states, queries, keys, values, stride, _headWidth, visible);
            }
        }
    }

    private void CloseSpan(in AttentionUnit unit, int span, float* states, float* totals, int queryCount, int size)
    {
        int group = Model.Heads / Model.KvHeads;
        for (int q = 0; q < queryCount; q++)
        {
            // A query before the span has nothing in it.
            if (unit.Position + (q % unit.Count) < span * AttentionTile.SpanPositions) continue;

            float* state = states + ((long)q * size);
            float* total = totals + ((long)q * size);
            AttentionTile.Close(state, _headWidth);
            if (unit.Partial >= 0)
            {
                int head = (unit.FirstHead * group) + q;
                total = _partials.Floats + unit.Partial + ((((long)span * Model.Heads) + head) * size);
                new Span<float>(state, size).CopyTo(new Span<float>(total, size));
            }
            else if (span == 0)
            {
                new Span<float>(state, size).CopyTo(new Span<float>(total, size));
            }
            else
            {
                AttentionTile.Join(total, state, _headWidth);
            }
        }
    }

    private void Join(int index, int rank)
    {
        AttentionJoin join = _attention.Join(index);
        int size = AttentionTile.StateSize(_headWidth);
        for (int head = 0; head < Model.Heads; head++)
        {
            float* total = _partials.Floats + join.Partial + ((long)head * size);
            for (int span = 1; span < join.Spans; span++) AttentionTile.Join(total, total + ((long)span * Model.Heads * size), _headWidth);
            AttentionTile.Finish(
                total, _headWidth, _attended.Floats + ((long)join.ResultRow * _attentionStride) + (head * Model.HeadDim), Model.HeadDim);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TileAttended(int tile, int rank)
    {
        int width = _tiles.Width(tile), used = _tiles.Used(tile), depth = Model.QueryWidth;
        float* source = _attended.Floats + ((long)_tiles.Row(tile) * _attentionStride);
        float* target = _attendedTiles.Floats + _tiles.Offset(tile, _attentionStride);
        for (int r = 0; r < used; r++, source += _attentionStride)
        {
            float* slot = target + r;
            for (int k = 0; k < depth; k++, slot += width) *slot = source[k];
        }
    }
}
