using Llumnix.Gpu.Kernels;
using Llumnix.Gpu.Memory;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Execution;

/// <summary>A model's weights as the CPU kernels read them. The source may be closed once they are loaded.</summary>
internal sealed unsafe class CpuWeights : IDisposable
{
    private readonly ModelConfig _model;
    private readonly WeightType _type;
    private readonly HostBuffer? _embedding;

    private CpuWeights(ModelConfig model, IWeightSource source, WeightType type)
    {
        _model = model;
        _type = type;
        Layers = new CpuLayer[model.Layers];
        for (int i = 0; i < Layers.Length; i++) Layers[i] = LoadLayer(source, i);
        FinalNorm = Vector(source, model.HiddenSize, ModelTensors.FinalNorm);
        Head = Matrix(source, model.HiddenSize, (model.TiedEmbeddings ? ModelTensors.Embedding : ModelTensors.Head, model.VocabularySize));
        if (!model.TiedEmbeddings) _embedding = Rows(source);
        Bytes = Layers.Sum(layer => layer.Bytes) + Head.Bytes + (_embedding?.Bytes ?? 0);
    }

    public CpuLayer[] Layers { get; }

    public HostBuffer FinalNorm { get; }

    public PackedMatrix Head { get; }

    public long Bytes { get; }

    /// <summary>Packs a model's weights.</summary>
    /// <exception cref="ModelLoadException">A tensor is missing or has the wrong shape.</exception>
    public static CpuWeights Load(ModelConfig model, IWeightSource source, WeightType type)
    {
        ModelTensors.Check(model, source);
        return new CpuWeights(model, source, type);
    }

    /// <summary>Writes a token's embedding, <see cref="ModelConfig.HiddenSize"/> values.</summary>
    public void Embed(int token, float* target)
    {
        // Tied: a row is read out of the head's panels, which costs microseconds and saves a second copy of the matrix.
        if (_embedding is null) Head.CopyRow(token, target);
        else KvRows.Load(_type, _embedding.Data + ((long)token * _model.HiddenSize * ElementBytes), 0, target, 0, 1, _model.HiddenSize);
    }

    public void Dispose()
    {
        foreach (CpuLayer layer in Layers) layer.Dispose();
        FinalNorm.Dispose();
        Head.Dispose();
        _embedding?.Dispose();
    }

    private int ElementBytes => _type == WeightType.F32 ? 4 : 2;

    private static HostBuffer Vector(IWeightSource source, int paddedTo, params (string Name, int Length)[] parts)
    {
        HostBuffer buffer = HostBuffer.OfFloats(Padded(Math.Max(paddedTo, parts.Sum(part => part.Length))));
        buffer.Clear();
        long start = 0;
        foreach ((string name, int length) in parts)
        {
            ModelTensors.Require(source, name, length).CopyTo(0, new Span<float>(buffer.Floats + start, length));
            start += length;
        }

        return buffer;
    }

    private static HostBuffer Vector(IWeightSource source, int length, string name) => Vector(source, length, (name, length));

    private static long Padded(long length) => (length + PackedMatrix.PanelRows - 1) / PackedMatrix.PanelRows * PackedMatrix.PanelRows;

    private CpuLayer LoadLayer(IWeightSource source, int index)
    {
        ModelConfig model = _model;
        string Name(string part) => ModelTensors.Layer(index, part);
        return new CpuLayer
        {
            InputNorm = Vector(source, model.HiddenSize, Name("input_layernorm.weight")),
            Qkv = Matrix(
                source, model.HiddenSize, (Name("self_attn.q_proj.weight"), model.QueryWidth),
                (Name("self_attn.k_proj.weight"), model.KvWidth), (Name("self_attn.v_proj.weight"), model.KvWidth)),
            QkvBias = !model.QkvBias ? null : Vector(
                source, 0, (Name("self_attn.q_proj.bias"), model.QueryWidth), (Name("self_attn.k_proj.bias"), model.KvWidth),
                (Name("self_attn.v_proj.bias"), model.KvWidth)),
            QueryNorm = model.QkNorm ? Vector(source, model.HeadDim, Name("self_attn.q_norm.weight")) : null,
            KeyNorm = model.QkNorm ? Vector(source, model.HeadDim, Name("self_attn.k_norm.weight")) : null,
            Output = Matrix(source, model.QueryWidth, (Name("self_attn.o_proj.weight"), model.HiddenSize)),
            OutputBias = model.OutputBias ? Vector(source, model.HiddenSize, Name("self_attn.o_proj.bias")) : null,
            MlpNorm = Vector(source, model.HiddenSize, Name("post_attention_layernorm.weight")),
            GateUp = GateUp(source, Name("mlp.gate_proj.weight"), Name("mlp.up_proj.weight")),
            GateUpBias = model.MlpBias ? GateUpBias(source, Name("mlp.gate_proj.bias"), Name("mlp.up_proj.bias")) : null,
            Down = Matrix(source, model.IntermediateSize, (Name("mlp.down_proj.weight"), model.HiddenSize)),
            DownBias = model.MlpBias ? Vector(source, model.HiddenSize, Name("mlp.down_proj.bias")) : null,
        };
    }

    private PackedMatrix Matrix(IWeightSource source, int depth, params (string Name, int Rows)[] parts)
    {
        WeightTensor[] tensors = [.. parts.Select(part => ModelTensors.Require(source, part.Name, part.Rows, depth))];
        PackedMatrix matrix = new(parts.Sum(part => part.Rows), depth, _type);
        return Fill(matrix, row =>
        {
            for (int i = 0; i < parts.Length; row -= parts[i++].Rows)
            {
                if (row < parts[i].Rows) return (tensors[i], row);
            }

            return null;
        });
    }

    private PackedMatrix GateUp(IWeightSource source, string gateName, string upName)
    {
        int inner = _model.IntermediateSize;
        WeightTensor gate = ModelTensors.Require(source, gateName, inner, _model.HiddenSize);
        WeightTensor up = ModelTensors.Require(source, upName, inner, _model.HiddenSize);
        PackedMatrix matrix = new((int)(2 * Padded(inner)), _model.HiddenSize, _type);
        return Fill(matrix, row =>
        {
            int panel = row / PackedMatrix.PanelRows;
            int of = (panel / 2 * PackedMatrix.PanelRows) + (row % PackedMatrix.PanelRows);
            return of < inner ? (panel % 2 == 0 ? gate : up, of) : null;
        });
    }

    private HostBuffer GateUpBias(IWeightSource source, string gateName, string upName)
    {
        int inner = _model.IntermediateSize;
        float[] gate = new float[inner], up = new float[inner];
        ModelTensors.Require(source, gateName, inner).CopyTo(0, gate);
        ModelTensors.Require(source, upName, inner).CopyTo(0, up);
        HostBuffer buffer = HostBuffer.OfFloats(2 * Padded(inner));
        buffer.Clear();
        for (int i = 0; i < inner; i++)
        {
            float* panels = buffer.Floats + (i / PackedMatrix.PanelRows * 2 * PackedMatrix.PanelRows) + (i % PackedMatrix.PanelRows);
            panels[0] = gate[i];
            panels[PackedMatrix.PanelRows] = up[i];
        }

        return buffer;
    }

    private static PackedMatrix Fill(PackedMatrix matrix, Func<int, (WeightTensor Tensor, int Row)?> rowOf)
    {
        int depth = matrix.Depth;
        Parallel.For(
            0, matrix.Panels, () => HostBuffer.OfFloats((long)PackedMatrix.PanelRows * depth),
            (panel, _, rows) =>
            {
                rows.Clear();
                for (int i = 0; i < PackedMatrix.PanelRows; i++)
                {
                    if (rowOf((panel * PackedMatrix.PanelRows) + i) is { } from)
                        from.Tensor.CopyTo((long)from.Row * depth, new Span<float>(rows.Floats + ((long)i * depth), depth));
                }

                matrix.PackPanel(panel, rows.Floats);
                return rows;
            },
            rows => rows.Dispose());
        return matrix;
    }

    private HostBuffer Rows(IWeightSource source)
    {
        int hidden = _model.HiddenSize;
        WeightTensor tensor = ModelTensors.Require(source, ModelTensors.Embedding, _model.VocabularySize, hidden);
        HostBuffer buffer = new((long)_model.VocabularySize * hidden * ElementBytes);
        float[] row = new float[hidden];
        fixed (float* values = row)
        {
            for (long i = 0; i < _model.VocabularySize; i++)
            {
                tensor.CopyTo(i * hidden, row);
                KvRows.Store(_type, values, buffer.Data + (i * hidden * ElementBytes), hidden);
            }
        }

        return buffer;
    }
}
