using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Memory;

namespace Llumnix.Scheduling.Tests.Batching;

public sealed class BlockAuditTests
{
    private const int BlockSize = 4;

    private static readonly BlockHash[] Hashes = [BlockHash.Root("first"), BlockHash.Root("second")];

    private readonly BatchScheduler _scheduler = new(new BatchSchedulerOptions
    {
        BlockCount = 20,
        BlockSize = BlockSize,
        TokenBudget = 64,
        MaxRunning = 4,
        MaxContext = 80,
        Watermark = 0,
    });

    private static RequestId Id(int number) => new(0, (ulong)number << 16);

    /// <summary>Two requests with a common prefix of two full blocks, both running.</summary>
    private void RunTwo()
    {
        for (int number = 1; number <= 2; number++)
        {
            _scheduler.Add(new SequenceSpec(Id(number), Priority.Normal, number, 9, 80, Hashes));
            _scheduler.Complete(_scheduler.Schedule()!);
        }
    }

    [Fact]
    public void Requests_that_share_a_prefix_reservations_and_readers_add_up()
    {
        RunTwo();
        var reserved = new BlockId[3];
        Assert.True(_scheduler.TryReserve(reserved, place: true));
        var read = _scheduler.BlockTable(Id(1))[..2].ToArray();
        foreach (var block in read) _scheduler.Blocks.Share(block);

        var audit = _scheduler.Audit(reserved, read);

        Assert.Empty(audit.Problems);
        Assert.Equal((20, 13, 4, 3, 2), (audit.Total, audit.Free, audit.OfRequests, audit.Reserved, audit.Pinned));
    }

    [Fact]
    public void A_request_cancelled_in_the_step_under_way_owns_its_blocks_until_the_step_ends()
    {
        RunTwo();
        var plan = _scheduler.Schedule()!;
        _scheduler.Cancel(Id(1));

        var during = _scheduler.Audit([], []);
        _scheduler.Complete(plan);

        Assert.Empty(during.Problems);
        Assert.Equal(4, during.OfRequests);
        Assert.Equal(3, _scheduler.Audit([], []).OfRequests);
    }

    [Fact]
    public void A_reference_that_nobody_owns_is_a_leak_and_is_named()
    {
        RunTwo();
        var block = _scheduler.BlockTable(Id(1))[2];
        _scheduler.Blocks.Share(block);

        Assert.Equal($"Block {block.Index} has 2 references, but 1 tables, 0 reservations and 0 readers hold it.", Assert.Single(_scheduler.Audit([], []).Problems));
    }

    [Fact]
    public void A_block_that_was_given_away_while_somebody_holds_it_is_named()
    {
        RunTwo();
        var reserved = new BlockId[1];
        _scheduler.TryReserve(reserved, place: false);
        _scheduler.ReleaseReservation(reserved, place: false);

        Assert.Contains("has 0 references", Assert.Single(_scheduler.Audit(reserved, []).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_of_a_request_that_is_reserved_for_another_is_doubly_owned()
    {
        RunTwo();
        var block = _scheduler.BlockTable(Id(1))[2];
        _scheduler.Blocks.Share(block);

        Assert.Contains("is reserved, but 1 tables, 1 reservations", Assert.Single(_scheduler.Audit([block], []).Problems), StringComparison.Ordinal);
    }
}
