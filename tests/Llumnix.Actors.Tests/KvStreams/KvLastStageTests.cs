using Akka.TestKit.Xunit2;
using Llumnix.Actors.KvStreams;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;
using static Llumnix.Actors.Tests.KvStreams.FaultyLink;

namespace Llumnix.Actors.Tests.KvStreams;

/// <summary>The stage for which a request stands still.</summary>
public sealed class KvLastStageTests() : TestKit(TransportConfig.Text)
{
    private const int BlockBytes = 40_000;

    private static readonly KvStreamOptions Options = new()
    {
        Secret = "x",
        ConnectTimeout = TimeSpan.FromSeconds(20),
        StallTimeout = TimeSpan.FromSeconds(20),
    };

    private static readonly KvStreamId Stream = new(5);

    [Fact]
    public async Task The_message_comes_behind_the_blocks_it_speaks_of()
    {
        await using var destination = await StartAsync(Options);
        await using var source = await StartAsync(Options);
        var from = ArrayBlockMemory.Random(8, BlockBytes, mapped: true, seed: 1);
        var to = new ArrayBlockMemory(8, BlockBytes, mapped: true);
        KvReservation? reservation = null;
        var messages = new List<(byte[] Text, bool BlocksAreThere)>();
        reservation = destination.Inbox.Reserve(Stream, to, Ids(8), text =>
        {
            lock (messages) messages.Add((text, reservation!.HasFirst(8)));
        });
        await using var stream = await source.OpenAsync(destination.Endpoint, Stream, from, default);
        await stream.SendStageAsync(Blocks(0, 6), default);
        await stream.SendLastStageAsync(Blocks(6, 2), () => [1, 2, 3], default);
        await stream.SendLastStageAsync([], () => [4], default);

        await Eventually.IsAsync(() =>
        {
            lock (messages) return Task.FromResult(messages.Count == 2);
        });
        Assert.Equal([("010203", true), ("04", true)], messages.Select(message => (Convert.ToHexString(message.Text), message.BlocksAreThere)));
        for (int i = 0; i < 8; i++) Assert.True(from.Block(i).SequenceEqual(to.Block(i)), $"block {i}");
    }

    [Fact]
    public async Task Within_one_process_the_last_stage_is_there_when_the_call_returns()
    {
        await using var node = await StartAsync(Options);
        var from = ArrayBlockMemory.Random(2, BlockBytes, mapped: true, seed: 1);
        var to = new ArrayBlockMemory(2, BlockBytes, mapped: true);
        var reservation = node.Inbox.Reserve(Stream, to, Ids(2));
        await using var stream = await node.OpenAsync(node.Endpoint, Stream, from, default);
        Assert.True(stream.IsLocal);

        Task sending = stream.SendLastStageAsync(Blocks(0, 2), null, default);

        Assert.True(reservation.HasFirst(2));
        Assert.True(from.Block(1).SequenceEqual(to.Block(1)));
        await sending;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_last_stage_does_not_wait_for_bandwidth_that_others_have_used_up(bool sameProcess)
    {
        // A block takes eleven hours: what waits for the limit never ends.
        var options = Options with { BandwidthLimit = 1, Burst = 1 };
        await using var destination = await StartAsync(options);
        await using var other = await StartAsync(options);
        var source = sameProcess ? destination : other;
        var from = ArrayBlockMemory.Random(4, BlockBytes, mapped: true, seed: 1);
        var to = new ArrayBlockMemory(4, BlockBytes, mapped: true);
        destination.Inbox.Reserve(new KvStreamId(6), to, Ids(4));
        await using var waiting = await source.OpenAsync(destination.Endpoint, new KvStreamId(6), from, default);
        Task held = waiting.SendStageAsync(Blocks(0, 4), default);
        var reservation = destination.Inbox.Reserve(Stream, to, Ids(4));
        await using var stream = await source.OpenAsync(destination.Endpoint, Stream, from, default);

        await stream.SendLastStageAsync(Blocks(0, 2), null, default);

        Assert.True(reservation.HasFirst(2));
        Assert.False(held.IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_last_stage_that_does_not_arrive_whole_fails(bool corrupted)
    {
        await using var destination = await StartAsync(Options);
        using var link = new FaultyLink(destination.Endpoint.Port, corrupted ? Fault.Corrupt : Fault.Cut, 64 + KvFrameHeader.Size + (BlockBytes / 2));
        await using var source = await StartAsync(Options);
        var to = new ArrayBlockMemory(2, BlockBytes, mapped: true);
        var reservation = destination.Inbox.Reserve(Stream, to, Ids(2));
        await using var stream = await source.OpenAsync(
            new KvEndpoint(7, "127.0.0.1", link.Port), Stream, ArrayBlockMemory.Random(2, BlockBytes, mapped: true, seed: 4), default);

        await Assert.ThrowsAsync<KvStreamException>(() => stream.SendLastStageAsync(Blocks(0, 2), () => [1], default));

        await reservation.CloseAsync();
        Assert.False(reservation.HasFirst(1));
    }

    private static IEnumerable<BlockId> Ids(int count) => Enumerable.Range(0, count).Select(i => new BlockId(i));

    private static KvBlockRef[] Blocks(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => new KvBlockRef(i, new BlockId(i)))];

    private Task<KvTransport> StartAsync(KvStreamOptions options) => KvTransport.StartAsync(Sys, options, "127.0.0.1", 0, TimeProvider.System);
}
