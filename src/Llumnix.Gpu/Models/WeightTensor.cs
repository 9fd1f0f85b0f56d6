namespace Llumnix.Gpu.Models;

/// <summary>A tensor's bytes where they lie (usually a memory-mapped file), row-major, little-endian; valid while its source lives.</summary>
public readonly unsafe struct WeightTensor(string name, WeightType type, long[] shape, byte* data)
{
    public string Name { get; } = name;

    public WeightType Type { get; } = type;

    public IReadOnlyList<long> Shape { get; } = shape;

    public long ElementCount { get; } = Count(shape);

    public byte* Data { get; } = data;

    /// <summary>Widens elements [<paramref name="start"/>, start + length of <paramref name="target"/>) to F32; exact for every type.</summary>
    public void CopyTo(long start, Span<float> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + target.Length, ElementCount);
        switch (Type)
        {
            case WeightType.F32:
                new ReadOnlySpan<float>((float*)Data + start, target.Length).CopyTo(target);
                break;
            case WeightType.F16:
                var halves = (Half*)Data + start;
                for (int i = 0; i < target.Length; i++) target[i] = (float)halves[i];
                break;
            case WeightType.BF16:
                var shorts = (ushort*)Data + start;
                for (int i = 0; i < target.Length; i++) target[i] = BitConverter.UInt32BitsToSingle((uint)shorts[i] << 16);
                break;
            default:
                throw new InvalidOperationException($"{Type} has no conversion.");
        }
    }

    private static long Count(long[] shape)
    {
        long count = 1;
        foreach (long size in shape) count *= size;
        return count;
    }
}
