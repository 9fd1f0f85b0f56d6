using System.Runtime.Intrinsics;
using Llumnix.Gpu.Sampling;

namespace Llumnix.Gpu.Tests.Sampling;

public sealed class PortableMathTests
{
    [Fact]
    public void Exp_is_within_a_relative_2_to_minus_22_of_the_exact_value()
    {
        double worst = 0;
        for (float x = -87; x <= 0; x += 0.0137f)
        {
            double exact = Math.Exp(x);
            worst = Math.Max(worst, Math.Abs(PortableMath.Exp(Vector512.Create(x))[5] - exact) / exact);
        }

        Assert.InRange(worst, 0, Math.Pow(2, -22));
    }

    [Fact]
    public void Exp_of_zero_is_exactly_one() => Assert.Equal(1f, PortableMath.Exp(Vector512<float>.Zero)[0]);

    [Fact]
    public void Log_is_within_a_relative_2_to_minus_50_of_the_exact_value()
    {
        Assert.Equal(0, PortableMath.Log(1));
        double worst = 0;
        for (double x = 1.001; x < 300_000; x *= 1.0137)
        {
            worst = Math.Max(worst, Math.Abs(PortableMath.Log(x) - Math.Log(x)) / Math.Log(x));
        }

        Assert.InRange(worst, 0, Math.Pow(2, -50));
    }
}
