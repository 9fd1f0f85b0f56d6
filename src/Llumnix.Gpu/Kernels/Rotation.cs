using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>Rotary position embedding of one head, in the convention that pairs element i with element i + half (Su et al., 2021).</summary>
internal static unsafe class Rotation
{
    /// <summary>Rotates in place.</summary>
    /// <param name="head">2 * <paramref name="half"/> values.</param>
    /// <param name="cosines">Of position times each frequency, <paramref name="half"/> values.</param>
    /// <param name="sines">Theirs.</param>
    /// <param name="half">Half of the head's width.</param>
    public static void Apply(float* head, float* cosines, float* sines, int half)
    {
        int i = 0;
        for (; i + 16 <= half; i += 16)
        {
            Vector512<float> a = Vector512.Load(head + i), b = Vector512.Load(head + half + i);
            Vector512<float> c = Vector512.Load(cosines + i), s = Vector512.Load(sines + i);
            ((a * c) - (b * s)).Store(head + i);
            ((b * c) + (a * s)).Store(head + half + i);
        }

        for (; i < half; i++)
        {
            float a = head[i], b = head[half + i];
            head[i] = (a * cosines[i]) - (b * sines[i]);
            head[half + i] = (b * cosines[i]) + (a * sines[i]);
        }
    }

    /// <summary>Multiplies <paramref name="count"/> values by <paramref name="factor"/>.</summary>
    public static void Scale(float* values, int count, float factor)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16) (Vector512.Load(values + i) * Vector512.Create(factor)).Store(values + i);
        for (; i < count; i++) values[i] *= factor;
    }
}
