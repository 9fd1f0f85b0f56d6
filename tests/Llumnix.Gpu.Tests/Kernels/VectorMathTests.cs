using System.Runtime.Intrinsics;
using CsCheck;
using Llumnix.Gpu.Kernels;

namespace Llumnix.Gpu.Tests.Kernels;

public sealed class VectorMathTests
{
    private static readonly Gen<Vector512<float>> Vectors = Gen.Float[-100, 100].Array[16].Select(values => Vector512.Create<float>(values));

    [Fact]
    public void The_exponential_is_within_one_and_a_half_units_in_the_last_place()
    {
        double worst = 0;
        for (double x = -87.33; x < 88.37; x += 0.00037)
        {
            double exact = Math.Exp((float)x);
            worst = Math.Max(worst, Math.Abs(VectorMath.Exp((float)x) - exact) / (MathF.BitIncrement((float)exact) - (float)exact));
        }

        Assert.InRange(worst, 0, 1.5);
    }

    [Fact]
    public void The_exponential_has_its_limits()
    {
        Assert.Equal(0, VectorMath.Exp(float.NegativeInfinity));
        Assert.Equal(0, VectorMath.Exp(-200));
        Assert.Equal(1, VectorMath.Exp(0));
        Assert.True(float.IsFinite(VectorMath.Exp(1000)));
    }

    [Fact]
    public void The_gate_is_right_far_out_on_both_sides()
    {
        float[] points = [-1000, -90, -20, -1, 0, 1, 20, 90, 1000];
        foreach (float x in points)
        {
            double exact = x / (1 + Math.Exp(-(double)x));
            Assert.Equal(exact, VectorMath.Silu(Vector512.Create(x)).ToScalar(), Math.Abs(exact * 1e-6) + 1e-30);
        }
    }

    [Fact]
    public void Sixteen_sums_at_once_are_each_the_tree_sum_in_every_bit() =>
        Vectors.Array[16].Sample(v =>
        {
            Vector512<float> machine = VectorMath.TreeSums(
                VectorMath.FoldToQuarters(v[0], v[4], v[8], v[12]), VectorMath.FoldToQuarters(v[1], v[5], v[9], v[13]),
                VectorMath.FoldToQuarters(v[2], v[6], v[10], v[14]), VectorMath.FoldToQuarters(v[3], v[7], v[11], v[15]));
            Vector512<float> portable = VectorMath.TreeSumsPortable(
                VectorMath.FoldToQuartersPortable(v[0], v[4], v[8], v[12]), VectorMath.FoldToQuartersPortable(v[1], v[5], v[9], v[13]),
                VectorMath.FoldToQuartersPortable(v[2], v[6], v[10], v[14]), VectorMath.FoldToQuartersPortable(v[3], v[7], v[11], v[15]));
            for (int i = 0; i < 16; i++)
            {
                Assert.Equal(VectorMath.TreeSum(v[i]), machine[i]);
                Assert.Equal(machine[i], portable[i]);
            }
        });
}
