using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Llumnix.Training.Model;

/// <summary>
/// A Llama as a set of named tensors, named as Hugging Face names them, and a forward pass that can be differentiated. Weights are kept
/// in F32; with BF16 products they are rounded on the way into each product, as the exported weights will be.
/// </summary>
public sealed class StoryLlama : IDisposable
{
    private readonly ScalarType _products;
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    public StoryLlama(LlamaShape shape, IReadOnlyDictionary<string, Tensor> weights, ScalarType products = ScalarType.BFloat16)
    {
        Shape = shape;
        Weights = weights;
        _products = products;
        using Tensor frequencies = pow(shape.RopeTheta, arange(0, shape.HeadSize, 2, ScalarType.Float32) / shape.HeadSize).reciprocal();
        using Tensor angles = outer(arange(0, shape.MaxPositions, ScalarType.Float32), frequencies).unsqueeze(1);
        _cos = angles.cos();
        _sin = angles.sin();
    }

    public LlamaShape Shape { get; }

    public IReadOnlyDictionary<string, Tensor> Weights { get; }

    public long ParameterCount => Weights.Values.Sum(weight => weight.numel());

    /// <summary>
    /// Weights to begin with: normal, of a deviation that keeps the size of what passes through. Those that write to the residual stream
    /// are zero, so that nothing hides the token itself from any layer at first. The embeddings are the output's weights too: the last
    /// norm's gain keeps the first logits small.
    /// </summary>
    public static StoryLlama Fresh(LlamaShape shape, long seed, ScalarType products)
    {
        using Generator generator = new((ulong)seed);
        Dictionary<string, Tensor> weights = [];
        foreach ((string name, long[] size) in Layout(shape))
        {
            if (size.Length == 1) weights[name] = new Parameter(full(size, name == "model.norm.weight" ? 0.2f : 1f));
            else
            {
                bool writes = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
                double deviation = writes ? 0 : name.Contains("embed", StringComparison.Ordinal) ? 0.1 : Math.Sqrt(1.0 / size[1]);
                using Tensor drawn = randn(size, generator: generator);
                weights[name] = new Parameter(drawn * deviation);
            }
        }

        return new StoryLlama(shape, weights, products);
    }

    /// <summary>The same weights, in the same memory, with gradients of their own.</summary>
    public StoryLlama Replica() =>
        new(Shape, Weights.ToDictionary(entry => entry.Key, entry => entry.Value.detach().requires_grad_(true)), _products);

    /// <summary>The tensors of a Llama of this shape, in the order in which they are stored.</summary>
    public static IEnumerable<(string Name, long[] Size)> Layout(LlamaShape shape)
    {
        long hidden = shape.Hidden, attention = shape.Heads * shape.HeadSize, keys = shape.KeyValueHeads * shape.HeadSize;
        yield return ("model.embed_tokens.weight", [shape.Vocabulary, hidden]);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            yield return (prefix + "input_layernorm.weight", [hidden]);
            yield return (prefix + "self_attn.q_proj.weight", [attention, hidden]);
            yield return (prefix + "self_attn.k_proj.weight", [keys, hidden]);
            yield return (prefix + "self_attn.v_proj.weight", [keys, hidden]);
            yield return (prefix + "self_attn.o_proj.weight", [hidden, attention]);
            yield return (prefix + "post_attention_layernorm.weight", [hidden]);
            yield return (prefix + "mlp.gate_proj.weight", [shape.Inner, hidden]);
            yield return (prefix + "mlp.up_proj.weight", [shape.Inner, hidden]);
            yield return (prefix + "mlp.down_proj.weight", [hidden, shape.Inner]);
        }

        yield return ("model.norm.weight", [hidden]);
    }

    /// <summary>[rows, length] ids to [rows, length, vocabulary] logits in F32. The caller owns a dispose scope.</summary>
    public Tensor Forward(Tensor ids)
    {
        long rows = ids.shape[0], length = ids.shape[1];
        Tensor embedding = Weights["model.embed_tokens.weight"];
        Tensor x = embedding.index_select(0, ids.reshape(-1)).view(rows, length, Shape.Hidden);
        Tensor cos = _cos[TensorIndex.Slice(0, length)].to(_products), sin = _sin[TensorIndex.Slice(0, length)].to(_products);
        int heads = Shape.Heads, groups = Shape.KeyValueHeads, size = Shape.HeadSize;
        for (int layer = 0; layer < Shape.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            Tensor normed = Norm(x, Weights[prefix + "input_layernorm.weight"]);
            Tensor joint = cat([Weights[prefix + "self_attn.q_proj.weight"], Weights[prefix + "self_attn.k_proj.weight"], Weights[prefix + "self_attn.v_proj.weight"]]);
            Tensor qkv = Product(normed, joint).view(rows, length, heads + 2 * groups, size);
            Tensor rotated = Rotate(qkv.narrow(2, 0, heads + groups), cos, sin);
            Tensor query = rotated.narrow(2, 0, heads).transpose(1, 2);
            Tensor key = Spread(rotated.narrow(2, heads, groups).transpose(1, 2));
            Tensor value = Spread(qkv.narrow(2, heads + groups, groups).transpose(1, 2));
            Tensor attended = nn.functional.scaled_dot_product_attention(query, key, value, is_casual: true);
            Tensor merged = attended.transpose(1, 2).reshape(rows, length, heads * size);
            x = x + Product(merged, Weights[prefix + "self_attn.o_proj.weight"]);
            normed = Norm(x, Weights[prefix + "post_attention_layernorm.weight"]);
            Tensor inner = Product(normed, cat([Weights[prefix + "mlp.gate_proj.weight"], Weights[prefix + "mlp.up_proj.weight"]]));
            Tensor gated = nn.functional.silu(inner.narrow(2, 0, Shape.Inner)) * inner.narrow(2, Shape.Inner, Shape.Inner);
            x = x + Product(gated, Weights[prefix + "mlp.down_proj.weight"]);
        }

        return Product(Norm(x, Weights["model.norm.weight"]), embedding).to(ScalarType.Float32);
    }

    /// <summary>Mean cross entropy, in nats a token, of predicting each next id of [rows, length + 1].</summary>
    public Tensor Loss(Tensor ids)
    {
        long length = ids.shape[1] - 1;
        Tensor logits = Forward(ids.narrow(1, 0, length));
        return nn.functional.cross_entropy(logits.view(-1, Shape.Vocabulary), ids.narrow(1, 1, length).reshape(-1));
    }

    public void Dispose()
    {
        foreach (Tensor weight in Weights.Values) weight.Dispose();
        _cos.Dispose();
        _sin.Dispose();
    }

    private Tensor Norm(Tensor x, Tensor weight) =>
        (x * (x.square().mean([-1], keepdim: true) + Shape.NormEpsilon).rsqrt() * weight).to(_products);

    private Tensor Product(Tensor x, Tensor weight) => nn.functional.linear(x, weight.to(_products));

    /// <summary>Pairs are (i, i + size / 2), as in Hugging Face's <c>rotate_half</c>.</summary>
    private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        Tensor[] half = x.chunk(2, -1);
        return cat([half[0] * cos - half[1] * sin, half[1] * cos + half[0] * sin], -1);
    }

    /// <summary>Each key and value head serves <c>Heads / KeyValueHeads</c> neighbouring query heads.</summary>
    private Tensor Spread(Tensor x)
    {
        long[] size = x.shape;
        int share = Shape.Heads / Shape.KeyValueHeads;
        return x.unsqueeze(2).expand(size[0], size[1], share, size[2], size[3]).reshape(size[0], Shape.Heads, size[2], size[3]);
    }
}
