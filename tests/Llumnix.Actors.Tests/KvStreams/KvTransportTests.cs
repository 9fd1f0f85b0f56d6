using System.Net.Sockets;
using Akka.TestKit.Xunit2;
using Llumnix.Actors.KvStreams;
using Llumnix.Scheduling;
using static Llumnix.Actors.Tests.KvStreams.FaultyLink;

namespace Llumnix.Actors.Tests.KvStreams;

public sealed class KvTransportTests() : TestKit(TransportConfig.Text)
{
    private const int BlockBytes = 40_000;
    private const int HandshakeBytes = 64;

    private static readonly KvStreamOptions Options = new()
    {
        Secret = "a secret of the cluster",
        ConnectTimeout = TimeSpan.FromSeconds(20),
        StallTimeout = TimeSpan.FromSeconds(20),
    };

    private static readonly KvStreamId Stream = new(0xABCDEF);

    public static TheoryData<bool, bool, bool> Memories() => new()
    {
        { true, true, true }, { true, true, false }, { true, false, true }, { true, false, false },
        { false, true, true }, { false, true, false }, { false, false, true }, { false, false, false },
    };

    [Theory]
    [MemberData(nameof(Memories))]
    public async Task Every_block_of_every_stage_arrives_as_it_was_sent(bool sameProcess, bool sourceMapped, bool destinationMapped)
    {
        await using var destination = await StartAsync(Options);
        await using var other = await StartAsync(Options);
        var source = sameProcess ? destination : other;
        var from = ArrayBlockMemory.Random(64, BlockBytes, sourceMapped, seed: 1);
        var to = new ArrayBlockMemory(64, BlockBytes, destinationMapped);
        // Destination block of the request's block i: 63 - i.
        var reservation = destination.Inbox.Reserve(Stream, to, Enumerable.Range(0, 40).Select(i => new BlockId(63 - i)));

        await using (var stream = await source.OpenAsync(destination.Endpoint, Stream, from, default))
        {
            await stream.SendStageAsync(Blocks(0, 33), default);
            Assert.True(reservation.HasFirst(33));
            Assert.False(reservation.HasFirst(34));
            reservation.Extend(new BlockId(0));
            await stream.SendStageAsync(Blocks(33, 8), default);
        }

        Assert.True(reservation.HasFirst(41));
        for (int i = 0; i < 40; i++) Assert.True(from.Block(i).SequenceEqual(to.Block(63 - i)), $"block {i}");
        Assert.True(from.Block(40).SequenceEqual(to.Block(0)));
        await reservation.CloseAsync();
        Assert.Equal(0, destination.Inbox.Count);
    }

    [Fact]
    public async Task A_connection_carries_one_stream_after_the_other_and_several_beside_each_other()
    {
        await using var destination = await StartAsync(Options);
        await using var source = await StartAsync(Options);
        var from = ArrayBlockMemory.Random(8, BlockBytes, mapped: true, seed: 2);
        var to = new ArrayBlockMemory(80, BlockBytes, mapped: true);

        await Parallel.ForEachAsync(Enumerable.Range(0, 10), async (number, cancellationToken) =>
        {
            for (int round = 0; round < 5; round++)
            {
                var id = new KvStreamId((ulong)((number * 5) + round));
                var reservation = destination.Inbox.Reserve(id, to, Enumerable.Range(0, 8).Select(i => new BlockId((number * 8) + i)));
                await using var stream = await source.OpenAsync(destination.Endpoint, id, from, cancellationToken);
                await stream.SendStageAsync(Blocks(0, 8), cancellationToken);
                Assert.True(reservation.HasFirst(8));
                await reservation.CloseAsync();
            }
        });

        for (int i = 0; i < 80; i++) Assert.True(from.Block(i % 8).SequenceEqual(to.Block(i)), $"block {i}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_is_not_reserved_is_refused_and_the_next_one_works(bool sameProcess)
    {
        await using var destination = await StartAsync(Options);
        await using var other = await StartAsync(Options);
        var source = sameProcess ? destination : other;
        var from = ArrayBlockMemory.Random(4, BlockBytes, mapped: true, seed: 3);

        await using (var stream = await source.OpenAsync(destination.Endpoint, Stream, from, default))
        {
            var refused = await Assert.ThrowsAsync<KvStreamException>(() => stream.SendStageAsync(Blocks(0, 4), default));
            Assert.Contains("no reservation", refused.Message, StringComparison.Ordinal);
        }

        var to = new ArrayBlockMemory(2, BlockBytes, mapped: true);
        destination.Inbox.Reserve(Stream, to, [new BlockId(0), new BlockId(1)]);
        await using (var stream = await source.OpenAsync(destination.Endpoint, Stream, from, default))
        {
            var beyond = await Assert.ThrowsAsync<KvStreamException>(() => stream.SendStageAsync(Blocks(0, 3), default));
            Assert.Contains("block 2 has no place", beyond.Message, StringComparison.Ordinal);
        }

        await using (var stream = await source.OpenAsync(destination.Endpoint, Stream, from, default))
        {
            await stream.SendStageAsync(Blocks(0, 2), default);
        }

        Assert.True(from.Block(1).SequenceEqual(to.Block(1)));
    }

    [Fact]
    public async Task A_node_with_another_secret_gets_no_connection()
    {
        await using var destination = await StartAsync(Options);
        await using var stranger = await StartAsync(Options with { Secret = "another" });

        var refused = await Assert.ThrowsAsync<KvStreamException>(
            () => stranger.OpenAsync(destination.Endpoint, Stream, new ArrayBlockMemory(1, BlockBytes, mapped: true), default));

        Assert.Contains("no KV connection", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_is_not_there_is_named()
    {
        await using var source = await StartAsync(Options);
        var nobody = new KvEndpoint(1, "127.0.0.1", 1);

        var refused = await Assert.ThrowsAsync<KvStreamException>(
            () => source.OpenAsync(nobody, Stream, new ArrayBlockMemory(1, BlockBytes, mapped: true), default));

        Assert.Contains("127.0.0.1:1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_corrupted_block_is_found_and_does_not_count_as_arrived()
    {
        var (failure, reservation, _) = await SendOverFaultyLinkAsync(Fault.Corrupt, Options);

        Assert.Contains("block 2 arrived corrupted", failure.Message, StringComparison.Ordinal);
        Assert.True(reservation.HasFirst(2));
        Assert.False(reservation.HasFirst(3));
    }

    [Fact]
    public async Task A_link_cut_within_a_block_fails_the_stage_and_frees_the_reservation()
    {
        var (_, reservation, _) = await SendOverFaultyLinkAsync(Fault.Cut, Options);

        await reservation.CloseAsync();
        Assert.False(reservation.HasFirst(3));
    }

    [Fact]
    public async Task A_link_that_stalls_within_a_block_fails_the_stage_on_both_ends()
    {
        // The link never closes by itself: that the stage fails at all shows that an end gave up.
        var (_, reservation, _) = await SendOverFaultyLinkAsync(
            Fault.Stall, Options with { StallTimeout = TimeSpan.FromMilliseconds(300) });

        await reservation.CloseAsync();
        Assert.False(reservation.HasFirst(3));
    }

    [Fact]
    public async Task Closing_a_reservation_waits_for_the_block_that_is_being_written()
    {
        await using var destination = await StartAsync(Options);
        using var link = new FaultyLink(destination.Endpoint.Port, Fault.Stall, HandshakeBytes + KvFrameHeader.Size + (BlockBytes / 2));
        await using var source = await StartAsync(Options);
        var reservation = destination.Inbox.Reserve(Stream, new ArrayBlockMemory(1, BlockBytes, mapped: true), [new BlockId(0)]);
        var endpoint = new KvEndpoint(7, "127.0.0.1", link.Port);
        await using var stream = await source.OpenAsync(
            endpoint, Stream, new ArrayBlockMemory(1, BlockBytes, mapped: true), default);
        Task sending = stream.SendStageAsync(Blocks(0, 1), default);
        await link.Faulted;
        await AwaitAssertAsync(() => Assert.False(reservation.IsIdle()));

        Task closing = reservation.CloseAsync();
        Assert.False(closing.IsCompleted);
        link.Dispose();

        await closing;
        await Assert.ThrowsAsync<KvStreamException>(() => sending);
    }

    [Fact]
    public async Task A_cancelled_stage_ends_at_once()
    {
        await using var destination = await StartAsync(Options);
        using var link = new FaultyLink(destination.Endpoint.Port, Fault.Stall, HandshakeBytes + 1000);
        await using var source = await StartAsync(Options);
        destination.Inbox.Reserve(Stream, new ArrayBlockMemory(64, BlockBytes, mapped: true), Enumerable.Range(0, 64).Select(i => new BlockId(i)));
        await using var stream = await source.OpenAsync(
            new KvEndpoint(7, "127.0.0.1", link.Port), Stream, new ArrayBlockMemory(64, BlockBytes, mapped: true), default);
        using var cancel = new CancellationTokenSource();

        Task sending = stream.SendStageAsync(Blocks(0, 64), cancel.Token);
        await link.Faulted;
        await cancel.CancelAsync();

        await Assert.ThrowsAsync<KvStreamException>(() => sending);
    }

    [Fact]
    public async Task A_busy_port_is_refused_at_start()
    {
        await using var first = await StartAsync(Options);

        await Assert.ThrowsAsync<SocketException>(
            () => KvTransport.StartAsync(Sys, Options, "127.0.0.1", first.Endpoint.Port, TimeProvider.System));
    }

    private static KvBlockRef[] Blocks(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => new KvBlockRef(i, new BlockId(i)))];

    private Task<KvTransport> StartAsync(KvStreamOptions options) =>
        KvTransport.StartAsync(Sys, options, "127.0.0.1", 0, TimeProvider.System);

    /// <summary>Sends ten blocks over a link whose fault hits the middle of block 2.</summary>
    private async Task<(KvStreamException Failure, KvReservation Reservation, ArrayBlockMemory To)> SendOverFaultyLinkAsync(
        Fault fault, KvStreamOptions options)
    {
        await using var destination = await StartAsync(options);
        using var link = new FaultyLink(
            destination.Endpoint.Port, fault, HandshakeBytes + (2 * (KvFrameHeader.Size + BlockBytes)) + (BlockBytes / 2));
        await using var source = await StartAsync(options);
        var to = new ArrayBlockMemory(10, BlockBytes, mapped: true);
        var reservation = destination.Inbox.Reserve(Stream, to, Enumerable.Range(0, 10).Select(i => new BlockId(i)));
        await using var stream = await source.OpenAsync(
            new KvEndpoint(7, "127.0.0.1", link.Port), Stream, ArrayBlockMemory.Random(10, BlockBytes, mapped: true, seed: 4), default);

        var failure = await Assert.ThrowsAsync<KvStreamException>(() => stream.SendStageAsync(Blocks(0, 10), default));
        return (failure, reservation, to);
    }
}
