using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

/// <summary>A source that lacks one tensor or gives it another shape.</summary>
internal sealed class AlteredWeights(IWeightSource inner, string name, long[]? shape) : IWeightSource
{
    public IEnumerable<string> Names => inner.Names;

    public unsafe bool TryGet(string wanted, out WeightTensor tensor)
    {
        bool found = inner.TryGet(wanted, out tensor);
        if (wanted != name) return found;
        if (shape is not null) tensor = new WeightTensor(name, tensor.Type, shape, tensor.Data);
        return shape is not null;
    }

    public void Dispose() => inner.Dispose();
}
