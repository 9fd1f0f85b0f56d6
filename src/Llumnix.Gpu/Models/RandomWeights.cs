using System.Runtime.InteropServices;

namespace Llumnix.Gpu.Models;

/// <summary>
/// A model with random weights, for benchmarks and tests: matrices uniform with variance 1 / columns, so that activations keep their
/// size through the layers; norms near 1, biases near 0. A tensor depends on the seed and its name only.
/// </summary>
public sealed unsafe class RandomWeights : IWeightSource
{
    private readonly Dictionary<string, long[]> _shapes;
    private readonly Dictionary<string, nint> _memory = [];
    private readonly Lock _gate = new();
    private readonly ulong _seed;
    private readonly WeightType _type;
    private bool _disposed;

    /// <summary>The weights of a model of this shape; a tensor is made when it is first asked for and kept until disposal.</summary>
    public RandomWeights(ModelConfig config, ulong seed, WeightType type)
    {
        _shapes = ModelTensors.Of(config).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        _seed = seed;
        _type = type;
    }

    public IEnumerable<string> Names => _shapes.Keys;

    public bool TryGet(string name, out WeightTensor tensor)
    {
        tensor = default;
        if (!_shapes.TryGetValue(name, out long[]? shape)) return false;

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_memory.TryGetValue(name, out nint memory)) _memory.Add(name, memory = Make(name, shape));
            tensor = new WeightTensor(name, _type, shape, (byte*)memory);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (nint memory in _memory.Values) NativeMemory.Free((void*)memory);
            _memory.Clear();
        }
    }

    private nint Make(string name, long[] shape)
    {
        long count = 1;
        foreach (long size in shape) count *= size;
        bool norm = name.EndsWith("norm.weight", StringComparison.Ordinal);
        float center = norm ? 1 : 0;
        float spread = shape.Length == 2 ? MathF.Sqrt(3f / shape[1]) : 0.2f;
        ulong start = _seed;
        foreach (char c in name) start = Mix(start ^ c);

        byte* memory = (byte*)NativeMemory.Alloc((nuint)count, _type == WeightType.F32 ? 4u : 2u);
        for (long i = 0; i < count; i++)
        {
            float unit = (Mix(start + (ulong)i) >> 40) * (1f / (1 << 23)) - 1;
            float value = center + (unit * spread);
            switch (_type)
            {
                case WeightType.F32: ((float*)memory)[i] = value; break;
                case WeightType.F16: ((Half*)memory)[i] = (Half)value; break;
                default: ((ushort*)memory)[i] = Kernels.Bfloat16.Round(value); break;
            }
        }

        return (nint)memory;
    }

    // The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): every input bit moves every output bit.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
