using Llumnix.Scheduling.Memory;

namespace Llumnix.Scheduling.Tests.Memory;

public sealed class BlockHashTests
{
    private static readonly BlockHash Root = BlockHash.Root("a-model");

    [Fact]
    public void Only_full_blocks_have_a_hash() =>
        Assert.Equal([0, 0, 1, 2], new[] { 0, 3, 4, 11 }.Select(length => BlockHash.Chain(Root, new int[length], 4).Length));

    [Fact]
    public void Equal_prefixes_have_equal_hashes_up_to_the_first_token_that_differs()
    {
        int[] left = [1, 2, 3, 4, 5, 6];
        int[] right = [1, 2, 3, 9, 5, 6];
        var a = BlockHash.Chain(Root, left, 2);
        var b = BlockHash.Chain(Root, right, 2);
        Assert.Equal(a[0], b[0]);
        Assert.NotEqual(a[1], b[1]);
        Assert.NotEqual(a[2], b[2]);
    }

    [Fact]
    public void Another_model_gives_other_hashes() =>
        Assert.NotEqual(BlockHash.Chain(Root, [1, 2], 2)[0], BlockHash.Chain(BlockHash.Root("another-model"), [1, 2], 2)[0]);

    [Fact]
    public void A_chain_can_be_continued_block_by_block()
    {
        int[] tokens = [.. Enumerable.Range(0, 1200)];
        var whole = BlockHash.Chain(Root, tokens, 400);
        Assert.Equal(whole[2], Root.Next(tokens.AsSpan(0, 400)).Next(tokens.AsSpan(400, 400)).Next(tokens.AsSpan(800, 400)));
    }

    [Fact]
    public void Every_instance_computes_the_same_hash_on_every_kind_of_machine() =>
        // sha256sum of sha256("a-model")[..16] and 1, 2 as little-endian 32-bit words.
        Assert.Equal(BlockHashVector, BlockHash.Chain(Root, [1, 2], 2)[0].ToString());

    private const string BlockHashVector = "33ade4751ba1e258a05ebfe4f3012a3e";
}
