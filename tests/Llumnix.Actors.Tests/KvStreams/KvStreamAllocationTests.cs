using Akka.TestKit.Xunit2;
using Llumnix.Actors.KvStreams;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.KvStreams;

/// <summary>What streams cost the collector. Alone, because what others allocate meanwhile would count.</summary>
[Collection(nameof(KvStreamAllocationTests))]
[CollectionDefinition(nameof(KvStreamAllocationTests), DisableParallelization = true)]
public sealed class KvStreamAllocationTests() : TestKit(TransportConfig.Text)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_long_stream_allocates_nothing_for_its_blocks(bool sameProcess)
    {
        var options = new KvStreamOptions { Secret = "x" };
        const int blocks = 4096, bytes = 16 << 10;
        await using var destination = await KvTransport.StartAsync(Sys, options, "127.0.0.1", 0, TimeProvider.System);
        await using var other = await KvTransport.StartAsync(Sys, options, "127.0.0.1", 0, TimeProvider.System);
        var id = new KvStreamId(5);
        var source = sameProcess ? destination : other;
        var from = ArrayBlockMemory.Random(blocks, bytes, mapped: true, seed: 1);
        var to = new ArrayBlockMemory(blocks, bytes, mapped: true);
        destination.Inbox.Reserve(id, to, Enumerable.Range(0, blocks).Select(i => new BlockId(i)));
        await using var stream = await source.OpenAsync(destination.Endpoint, id, from, default);
        KvBlockRef[] all = [.. Enumerable.Range(0, blocks).Select(i => new KvBlockRef(i, new BlockId(i)))];
        long least = long.MaxValue;
        for (int round = 0; round < 6; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await stream.SendStageAsync(all, default);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        // The pipeline's own cost is by the stage and by the run of 1 MiB; an object for each block would be 24 bytes at the least.
        Assert.True(least < blocks * 8, $"{least} bytes were allocated for {blocks} blocks.");
    }
}
