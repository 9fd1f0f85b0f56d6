using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>y = x / sqrt(mean(x^2) + epsilon) * weight (Zhang and Sennrich, 2019).</summary>
internal static unsafe class RmsNorm
{
    /// <summary>Normalizes a row whose padding is zero and writes it with <paramref name="step"/> elements from value to value.</summary>
    /// <param name="x">The row.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="width">Values in the row.</param>
    /// <param name="padded">Values with padding, a multiple of 32; x and weight have as many.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="target">Receives <paramref name="padded"/> values.</param>
    /// <param name="step">Distance of the values in <paramref name="target"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Row(float* x, float* weight, int width, int padded, float epsilon, float* target, int step)
    {
        Vector512<float> a = default, b = default;
        for (int i = 0; i < padded; i += 32)
        {
            Vector512<float> low = Vector512.Load(x + i), high = Vector512.Load(x + i + 16);
            a = Vector512.FusedMultiplyAdd(low, low, a);
            b = Vector512.FusedMultiplyAdd(high, high, b);
        }

        Vector512<float> scale = Vector512.Create(Scale(VectorMath.TreeSum(a + b), width, epsilon));
        float* values = stackalloc float[16];
        for (int i = 0; i < padded; i += 16)
        {
            Vector512<float> value = Vector512.Load(x + i) * scale * Vector512.Load(weight + i);
            if (step == 1)
            {
                value.Store(target + i);
                continue;
            }

            value.Store(values);
            float* slot = target + ((long)i * step);
            for (int lane = 0; lane < 16; lane++, slot += step) *slot = values[lane];
        }
    }

    /// <summary>Normalizes a short row of any width in place (Qwen3's per-head norms).</summary>
    public static void Short(float* x, float* weight, int width, float epsilon)
    {
        Vector512<float> squares = default;
        int i = 0;
        for (; i + 16 <= width; i += 16)
        {
            Vector512<float> value = Vector512.Load(x + i);
            squares = Vector512.FusedMultiplyAdd(value, value, squares);
        }

        float sum = VectorMath.TreeSum(squares);
        for (; i < width; i++) sum = MathF.FusedMultiplyAdd(x[i], x[i], sum);
        float scale = Scale(sum, width, epsilon);
        for (i = 0; i + 16 <= width; i += 16)
            (Vector512.Load(x + i) * Vector512.Create(scale) * Vector512.Load(weight + i)).Store(x + i);

        for (; i < width; i++) x[i] = x[i] * scale * weight[i];
    }

    private static float Scale(float sumOfSquares, int width, float epsilon) => 1 / MathF.Sqrt((sumOfSquares / width) + epsilon);
}
