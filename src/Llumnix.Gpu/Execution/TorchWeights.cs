using Llumnix.Gpu.Models;
using TorchSharp;

namespace Llumnix.Gpu.Execution;

/// <summary>A model's weights on a torch device. The source may be closed once they are loaded.</summary>
internal sealed class TorchWeights : IDisposable
{
    private const long ChunkElements = 16 << 20;
    private readonly List<torch.Tensor> _tensors = [];
    private readonly torch.Device _device;
    private readonly torch.ScalarType _type;

    private TorchWeights(ModelConfig model, IWeightSource source, WeightType type, torch.Device device)
    {
        _device = device;
        _type = TypeOf(type);
        long hidden = model.HiddenSize, inner = model.IntermediateSize, queries = model.QueryWidth, kv = model.KvWidth;
        Embedding = Load(source, _type, hidden, (ModelTensors.Embedding, model.VocabularySize));
        Layers = new TorchLayer[model.Layers];
        for (int i = 0; i < Layers.Length; i++)
        {
            string Name(string part) => ModelTensors.Layer(i, part);
            Layers[i] = new TorchLayer(
                Norm(source, Name("input_layernorm.weight"), hidden),
                Load(
                    source, _type, hidden, (Name("self_attn.q_proj.weight"), queries), (Name("self_attn.k_proj.weight"), kv),
                    (Name("self_attn.v_proj.weight"), kv)),
                !model.QkvBias ? null : Load(
                    source, _type, 0, (Name("self_attn.q_proj.bias"), queries), (Name("self_attn.k_proj.bias"), kv),
                    (Name("self_attn.v_proj.bias"), kv)),
                model.QkNorm ? Norm(source, Name("self_attn.q_norm.weight"), model.HeadDim) : null,
                model.QkNorm ? Norm(source, Name("self_attn.k_norm.weight"), model.HeadDim) : null,
                Load(source, _type, queries, (Name("self_attn.o_proj.weight"), hidden)),
                model.OutputBias ? Load(source, _type, 0, (Name("self_attn.o_proj.bias"), hidden)) : null,
                Norm(source, Name("post_attention_layernorm.weight"), hidden),
                Load(source, _type, hidden, (Name("mlp.gate_proj.weight"), inner), (Name("mlp.up_proj.weight"), inner)),
                model.MlpBias ? Load(source, _type, 0, (Name("mlp.gate_proj.bias"), inner), (Name("mlp.up_proj.bias"), inner)) : null,
                Load(source, _type, inner, (Name("mlp.down_proj.weight"), hidden)),
                model.MlpBias ? Load(source, _type, 0, (Name("mlp.down_proj.bias"), hidden)) : null);
        }

        FinalNorm = Norm(source, ModelTensors.FinalNorm, hidden);
        Head = model.TiedEmbeddings ? Embedding : Load(source, _type, hidden, (ModelTensors.Head, model.VocabularySize));
        Bytes = _tensors.Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);
    }

    public torch.Tensor Embedding { get; }

    public TorchLayer[] Layers { get; }

    public torch.Tensor FinalNorm { get; }

    public torch.Tensor Head { get; }

    public long Bytes { get; }

    /// <summary>Copies a model's weights to a device.</summary>
    /// <exception cref="ModelLoadException">A tensor is missing or has the wrong shape.</exception>
    public static TorchWeights Load(ModelConfig model, IWeightSource source, WeightType type, torch.Device device)
    {
        ModelTensors.Check(model, source);
        return new TorchWeights(model, source, type, device);
    }

    /// <summary>Torch's name of a number format.</summary>
    public static torch.ScalarType TypeOf(WeightType type) => type switch
    {
        WeightType.F32 => torch.ScalarType.Float32,
        WeightType.F16 => torch.ScalarType.Float16,
        _ => torch.ScalarType.BFloat16,
    };

    public void Dispose()
    {
        foreach (torch.Tensor tensor in _tensors) tensor.Dispose();
    }

    private torch.Tensor Norm(IWeightSource source, string name, long width) => Load(source, torch.ScalarType.Float32, 0, (name, width));

    // Parts stand one below the other; depth 0 is for vectors.
    private torch.Tensor Load(IWeightSource source, torch.ScalarType type, long depth, params (string Name, long Rows)[] parts)
    {
        long total = parts.Sum(part => part.Rows);
        torch.Tensor target = torch.empty(depth == 0 ? [total] : [total, depth], dtype: type, device: _device).DetachFromDisposeScope();
        _tensors.Add(target);
        long width = Math.Max(depth, 1), row = 0;
        foreach ((string name, long rows) in parts)
        {
            WeightTensor tensor = ModelTensors.Require(source, name, depth == 0 ? [rows] : [rows, depth]);
            long step = Math.Max(1, ChunkElements / width);
            for (long from = 0; from < rows; from += step)
            {
                long count = Math.Min(step, rows - from);
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor chunk = torch.empty(depth == 0 ? [count] : [count, depth], dtype: TypeOf(tensor.Type));
                Copy(tensor, from * width, chunk);
                target.narrow(0, row + from, count).copy_(chunk);
            }

            row += rows;
        }

        return target;
    }

    private static unsafe void Copy(WeightTensor tensor, long start, torch.Tensor target)
    {
        int size = (int)target.ElementSize;
        new ReadOnlySpan<byte>(tensor.Data + (start * size), checked((int)(target.NumberOfElements * size))).CopyTo(target.bytes);
    }
}
