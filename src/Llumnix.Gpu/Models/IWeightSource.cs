namespace Llumnix.Gpu.Models;

/// <summary>A model's tensors by their Hugging Face names, for example <c>model.layers.0.self_attn.q_proj.weight</c>.</summary>
public interface IWeightSource : IDisposable
{
    IEnumerable<string> Names { get; }

    bool TryGet(string name, out WeightTensor tensor);
}
