using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Tests.Load;

public sealed class ImbalanceTests
{
    [Fact]
    public void None_and_instances_that_are_alike_are_even()
    {
        Assert.Equal(default, Imbalance.Of([]));
        Assert.Equal(default, Imbalance.Of([(0.5, 3, 7), (0.5, 3, 7)]));
    }

    [Fact]
    public void It_is_the_standard_deviation_over_all_instances() =>
        Assert.Equal(new Imbalance(0.25, 2, 3), Imbalance.Of([(0.25, 2, 1), (0.75, 6, 7)]));
}
