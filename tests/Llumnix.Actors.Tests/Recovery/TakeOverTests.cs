using Llumnix.Actors.Tests.Support;

namespace Llumnix.Actors.Tests.Recovery;

/// <summary>A request whose client comes to a gateway that does not know it.</summary>
public sealed class TakeOverTests
{
    [Fact]
    public async Task A_request_that_no_instance_has_is_generated_again()
    {
        await using var cluster = new LocalCluster(instances: 2);
        await cluster.ReadyAsync();
        var request = cluster.Request([5, 6], maxTokens: 12) with { TakeOver = true, Offsets = [5] };

        using var stream = cluster.Client.Generate(request);
        var events = await stream.ReadAsync();

        Assert.False(await stream.TakenOver);
        Assert.Equal(LocalCluster.Expected(request)[5..], events.TokensOf(from: 5));
        await cluster.EmptyAsync();
    }
}
