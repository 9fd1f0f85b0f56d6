namespace Llumnix.Gpu.Models;

/// <summary>The tensors a model consists of, by their Hugging Face names, and the shapes its configuration asks for.</summary>
public static class ModelTensors
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string FinalNorm = "model.norm.weight";
    public const string Head = "lm_head.weight";

    /// <summary>The name of a tensor of a layer, for example <c>Layer(0, "self_attn.q_proj.weight")</c>.</summary>
    public static string Layer(int layer, string name) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"model.layers.{layer}.{name}");

    /// <summary>Every tensor of the model with its shape, in the order of the forward pass.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        long hidden = config.HiddenSize, inner = config.IntermediateSize, vocabulary = config.VocabularySize;
        long queries = config.QueryWidth, kv = config.KvWidth;
        yield return (Embedding, [vocabulary, hidden]);
        for (int i = 0; i < config.Layers; i++)
        {
            yield return (Layer(i, "input_layernorm.weight"), [hidden]);
            yield return (Layer(i, "self_attn.q_proj.weight"), [queries, hidden]);
            yield return (Layer(i, "self_attn.k_proj.weight"), [kv, hidden]);
            yield return (Layer(i, "self_attn.v_proj.weight"), [kv, hidden]);
            if (config.QkvBias)
            {
                yield return (Layer(i, "self_attn.q_proj.bias"), [queries]);
                yield return (Layer(i, "self_attn.k_proj.bias"), [kv]);
                yield return (Layer(i, "self_attn.v_proj.bias"), [kv]);
            }

            if (config.QkNorm)
            {
                yield return (Layer(i, "self_attn.q_norm.weight"), [config.HeadDim]);
                yield return (Layer(i, "self_attn.k_norm.weight"), [config.HeadDim]);
            }

            yield return (Layer(i, "self_attn.o_proj.weight"), [hidden, queries]);
            if (config.OutputBias) yield return (Layer(i, "self_attn.o_proj.bias"), [hidden]);
            yield return (Layer(i, "post_attention_layernorm.weight"), [hidden]);
            yield return (Layer(i, "mlp.gate_proj.weight"), [inner, hidden]);
            yield return (Layer(i, "mlp.up_proj.weight"), [inner, hidden]);
            yield return (Layer(i, "mlp.down_proj.weight"), [hidden, inner]);
            if (config.MlpBias)
            {
                yield return (Layer(i, "mlp.gate_proj.bias"), [inner]);
                yield return (Layer(i, "mlp.up_proj.bias"), [inner]);
                yield return (Layer(i, "mlp.down_proj.bias"), [hidden]);
            }
        }

        yield return (FinalNorm, [hidden]);
        if (!config.TiedEmbeddings) yield return (Head, [vocabulary, hidden]);
    }

    /// <summary>Finds a tensor and checks its shape.</summary>
    /// <exception cref="ModelLoadException">It is missing or has another shape.</exception>
    public static WeightTensor Require(IWeightSource source, string name, params long[] shape)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.TryGet(name, out WeightTensor tensor))
            throw new ModelLoadException($"Tensor {name} is missing; the model's configuration asks for it with shape {Text(shape)}.");

        if (!tensor.Shape.SequenceEqual(shape))
        {
            throw new ModelLoadException(
                $"Tensor {name} has shape {Text(tensor.Shape)}, but the model's configuration asks for {Text(shape)}.");
        }

        return tensor;
    }

    /// <summary>Checks that every tensor is there with its shape.</summary>
    /// <exception cref="ModelLoadException">One is missing or has another shape, or the configuration contradicts itself.</exception>
    public static void Check(ModelConfig config, IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.KvHeads < 1 || config.Heads % config.KvHeads != 0)
        {
            throw new ModelLoadException(
                $"The model has {config.Heads} query heads and {config.KvHeads} key heads; the second must divide the first.");
        }

        if (config.HeadDim < 2 || config.HeadDim % 2 != 0)
            throw new ModelLoadException($"The model has heads of width {config.HeadDim}; rotary positions need an even width.");

        foreach ((string name, long[] shape) in Of(config)) Require(source, name, shape);
    }

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
