using System.Runtime.InteropServices;
using Llumnix.Gpu.Memory;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace Llumnix.Gpu.Execution;

/// <summary>
/// The model by torch operators, on any torch device: what CUDA devices use. The residual stream, norms and rotations are F32, products
/// and attention have the weights' format. Rows are padded to a multiple of 8, which makes the products of the backends measured
/// independent of the batch; torch promises it of none, so unlike <see cref="CpuModelExecutor"/> equal bits across batches are likely here,
/// not certain.
/// </summary>
public sealed class TorchModelExecutor : IModelExecutor
{
    private const int RowMultiple = 8;

    // What attention gathers or scores at a time, so that a long context does not multiply the memory in use.
    private const long AttentionElements = 32L << 20;

    private readonly Share<TorchWeights> _share;
    private readonly TorchWeights _weights;
    private readonly Device _device;
    // Kept for good: one made at the call may be finalized while the call is still reading it.
    private static readonly Scalar Zero = 0f;

    private readonly Scalar _epsilon;
    private readonly ScalarType _type;
    private readonly ScalarType _attentionType;
    private readonly Tensor _kv;
    private readonly int _maxTokens;
    private readonly int _maxSamples;
    private readonly double[] _frequencies;
    private float[] _logits = [];
    private bool _disposed;

    /// <summary>Loads the model, or shares what another instance on the device has loaded from the same source.</summary>
    /// <param name="options">How to execute it; the device is any that torch knows.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="source">Its weights; may be closed once this returns.</param>
    /// <exception cref="ModelLoadException">A tensor is missing or has the wrong shape.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public TorchModelExecutor(ExecutorOptions options, ModelConfig model, IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(source);
        ModelTensors.Check(model, source);
        WeightType type = options.WeightType
            ?? ModelTensors.Require(source, ModelTensors.Embedding, model.VocabularySize, model.HiddenSize).Type;
        Model = model;
        Kv = options.LayOut(model, type);
        _device = device(options.Device);
        _type = TorchWeights.TypeOf(type);
        _epsilon = Model.RmsNormEpsilon;
        _attentionType = Kv.Type == WeightType.F32 ? ScalarType.Float32 : _type;
        KernelClass = $"{_device.type.ToString().ToLowerInvariant()}-{NameOf(type)}-kv{NameOf(Kv.Type)}-torch";
        _maxTokens = options.MaxTokensPerStep;
        _maxSamples = options.MaxSamplesPerStep;
        _frequencies = RotaryFrequencies.Of(model);
        _share = SharedWeights.Acquire(
            source, model, $"torch-{options.Device}-{NameOf(type)}", () => TorchWeights.Load(model, source, type, _device));
        _weights = _share.Weights;
        _kv = zeros(
            [Kv.Blocks, Kv.Layers, 2, Kv.BlockSize, Kv.KvHeads, Kv.HeadDim], dtype: TorchWeights.TypeOf(Kv.Type), device: _device)
            .DetachFromDisposeScope();
    }

    public ModelConfig Model { get; }

    public KvLayout Kv { get; }

    public string KernelClass { get; }

    public long WeightBytes => _weights.Bytes;

    public Span<float> Execute(BatchPlan plan, ReadOnlySpan<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ObjectDisposedException.ThrowIf(_disposed, this);
        StepCheck.Check(plan, tokens, Model, Kv, _maxTokens, _maxSamples);
        if (plan.TokenCount == 0) return [];

        using IDisposable noGradients = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        TorchStep step = TorchStep.Prepare(plan, tokens, Model, Kv, _frequencies, RowMultiple, _device);
        Tensor stream = _weights.Embedding.index_select(0, step.Tokens).to(ScalarType.Float32);
        for (int i = 0; i < _weights.Layers.Length; i++)
        {
            using DisposeScope layerScope = NewDisposeScope();
            TorchLayer layer = _weights.Layers[i];
            Tensor attended = Attention(layer, i, Norm(stream, layer.InputNorm), step);
            stream.add_(Linear(attended, layer.Output, layer.OutputBias));
            Tensor[] gateUp = Linear(Norm(stream, layer.MlpNorm), layer.GateUp, layer.GateUpBias).chunk(2, -1);
            stream.add_(Linear(nn.functional.silu(gateUp[0]) * gateUp[1], layer.Down, layer.DownBias));
        }

        if (plan.SampleCount == 0) return [];

        Tensor logits = Linear(Norm(stream.index_select(0, step.SampledRows), _weights.FinalNorm), _weights.Head, null)
            .narrow(0, 0, plan.SampleCount).to(ScalarType.Float32).cpu().contiguous();
        int count = checked(plan.SampleCount * Model.VocabularySize);
        if (_logits.Length < count) _logits = new float[count];
        MemoryMarshal.Cast<byte, float>(logits.bytes).CopyTo(_logits);
        return _logits.AsSpan(0, count);
    }

    public void ReadBlock(BlockId block, Span<byte> target)
    {
        Kv.Check(block, target.Length);
        using DisposeScope scope = NewDisposeScope();
        _kv.narrow(0, block.Index, 1).cpu().bytes.CopyTo(target);
    }

    public void WriteBlock(BlockId block, ReadOnlySpan<byte> source)
    {
        Kv.Check(block, source.Length);
        using DisposeScope scope = NewDisposeScope();
        Tensor target = _kv.narrow(0, block.Index, 1);
        Tensor staged = empty(target.shape, dtype: _kv.dtype);
        source.CopyTo(staged.bytes);
        target.copy_(staged);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _kv.Dispose();
        _share.Dispose();
    }

    private static string NameOf(WeightType type) => type.ToString().ToLowerInvariant();

    private static Tensor Linear(Tensor x, Tensor weight, Tensor? bias) => nn.functional.linear(x.to(weight.dtype), weight, bias);

    private static Tensor Rotate(Tensor heads, TorchStep step)
    {
        Tensor[] halves = heads.chunk(2, -1);
        return cat(
            [(halves[0] * step.Cosines) - (halves[1] * step.Sines), (halves[1] * step.Cosines) + (halves[0] * step.Sines)], -1);
    }

    private Tensor Norm(Tensor x, Tensor weight)
    {
        Tensor wide = x.to(ScalarType.Float32);
        return wide * rsqrt(wide.square().mean([-1], keepdim: true) + _epsilon) * weight;
    }

    private Tensor Attention(TorchLayer layer, int layerIndex, Tensor normed, TorchStep step)
    {
        Tensor qkv = Linear(normed, layer.Qkv, layer.QkvBias);
        Tensor[] parts = qkv.split([Model.QueryWidth, Model.KvWidth, Model.KvWidth], -1);
        Tensor query = parts[0].view(-1, Model.Heads, Model.HeadDim).to(ScalarType.Float32);
        Tensor key = parts[1].view(-1, Model.KvHeads, Model.HeadDim).to(ScalarType.Float32);
        Tensor value = parts[2].view(-1, Model.KvHeads, Model.HeadDim);
        if (layer.QueryNorm is not null) query = Norm(query, layer.QueryNorm);
        if (layer.KeyNorm is not null) key = Norm(key, layer.KeyNorm);
        query = Rotate(query, step).to(_attentionType);
        key = Rotate(key, step);

        Tensor layerKv = _kv.select(1, layerIndex);
        Tensor keys = layerKv.select(1, 0), values = layerKv.select(1, 1);
        long rows = step.BlockIndices.shape[0];
        keys.index_put_(key.narrow(0, 0, rows).to(_kv.dtype), step.BlockIndices, step.SlotIndices);
        values.index_put_(value.narrow(0, 0, rows).to(_kv.dtype), step.BlockIndices, step.SlotIndices);

        Tensor result = zeros([query.shape[0], Model.QueryWidth], dtype: _type, device: _device);
        foreach (TorchStep.Group group in step.Groups(AttentionElements))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor attended = Attend(query.narrow(0, group.FirstRow, group.Requests * group.Count), keys, values, group, step);
            result.narrow(0, group.FirstRow, group.Requests * group.Count).copy_(attended);
        }

        return result;
    }

    // Queries [requests * count, heads, width] of one group. Query heads that share a key head count as further queries of it.
    private Tensor Attend(Tensor query, Tensor keys, Tensor values, TorchStep.Group group, TorchStep step)
    {
        long requests = group.Requests, count = group.Count, blocks = group.Blocks, shared = Model.Heads / Model.KvHeads;
        long width = Model.HeadDim, positions = blocks * Kv.BlockSize;
        Tensor q = query.view(requests, count, Model.KvHeads, shared, width).permute(0, 2, 3, 1, 4)
            .reshape(requests, Model.KvHeads, shared * count, width);
        Tensor table = step.Table(group);
        Tensor k = keys.index_select(0, table).view(requests, positions, Model.KvHeads, width).to(_attentionType);
        Tensor v = values.index_select(0, table).view(requests, positions, Model.KvHeads, width).to(_attentionType);

        Tensor at = arange(positions, dtype: ScalarType.Int64, device: _device);
        Tensor queryPositions = step.Positions.narrow(0, group.FirstRow, requests * count).view(requests, count);
        Tensor visible = queryPositions.unsqueeze(-1).ge(at);

        // Not yet written positions may hold anything, and even a weight of 0 times not-a-number is not a number.
        Tensor unwritten = visible.any(1).logical_not().unsqueeze(-1).unsqueeze(-1);
        k = k.masked_fill(unwritten, Zero).transpose(1, 2);
        v = v.masked_fill(unwritten, Zero).transpose(1, 2);
        Tensor mask = visible.unsqueeze(1).unsqueeze(1).expand(requests, 1, shared, count, positions)
            .reshape(requests, 1, shared * count, positions);
        return nn.functional.scaled_dot_product_attention(q, k, v, mask)
            .view(requests, Model.KvHeads, shared, count, width).permute(0, 3, 1, 2, 4)
            .reshape(requests * count, Model.QueryWidth);
    }
}
