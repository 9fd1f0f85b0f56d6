using TorchSharp;

namespace Llumnix.Gpu.Tests;

public sealed class NativeLibraryTests
{
    [Fact]
    public void Libtorch_loads_from_the_build_output_with_no_manual_step() =>
        Assert.Equal(4f, torch.ones(2, 2).sum().item<float>());
}
