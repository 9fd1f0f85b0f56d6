using CsCheck;
using Llumnix.Scheduling.Memory;

namespace Llumnix.Scheduling.Tests.Memory;

public sealed class BlockAllocatorTests
{
    private static readonly BlockHash[] Hashes = [.. Enumerable.Range(0, 64).Select(i => BlockHash.Root($"content {i}"))];

    private static BlockId Take(BlockAllocator blocks)
    {
        Assert.True(blocks.TryAllocate(out var block));
        return block;
    }

    [Fact]
    public void A_block_is_given_out_again_only_after_its_last_reference_is_released()
    {
        var blocks = new BlockAllocator(1);
        var block = Take(blocks);
        blocks.Share(block);
        blocks.Release(block);
        Assert.False(blocks.TryAllocate(out _));
        blocks.Release(block);
        Assert.Equal(block, Take(blocks));
    }

    [Fact]
    public void Several_blocks_are_given_out_all_or_none()
    {
        var blocks = new BlockAllocator(3);
        var four = new BlockId[4];
        Assert.False(blocks.TryAllocate(four));
        Assert.Equal(3, blocks.FreeCount);
        Assert.True(blocks.TryAllocate(four.AsSpan(0, 3)));
        Assert.Equal(3, four.Take(3).Distinct().Count());
        Assert.Equal(0, blocks.FreeCount);
    }

    [Fact]
    public void A_released_block_with_a_hash_counts_as_free_and_is_found_until_it_is_evicted()
    {
        var blocks = new BlockAllocator(2);
        var block = Take(blocks);
        Assert.True(blocks.TryCache(block, Hashes[0]));
        blocks.Release(block);
        Assert.Equal(2, blocks.FreeCount);
        Take(blocks);
        Assert.True(blocks.TryFind(Hashes[0], out var found));
        Assert.Equal(block, found);
        Take(blocks);
        Assert.False(blocks.TryFind(Hashes[0], out _));
        Assert.Equal(1, blocks.EvictionCount);
    }

    [Fact]
    public void The_least_recently_released_content_is_evicted_first()
    {
        var blocks = new BlockAllocator(3);
        var taken = new[] { Take(blocks), Take(blocks), Take(blocks) };
        for (int i = 0; i < 3; i++) blocks.TryCache(taken[i], Hashes[i]);
        blocks.Release(taken[1]);
        blocks.Release(taken[0]);
        blocks.Release(taken[2]);
        blocks.Share(taken[1]);
        blocks.Release(taken[1]);
        Assert.Equal([taken[0], taken[2], taken[1]], [Take(blocks), Take(blocks), Take(blocks)]);
    }

    [Fact]
    public void The_same_content_is_cached_once()
    {
        var blocks = new BlockAllocator(2);
        var first = Take(blocks);
        var second = Take(blocks);
        Assert.True(blocks.TryCache(first, Hashes[0]));
        Assert.False(blocks.TryCache(second, Hashes[0]));
        Assert.False(blocks.TryCache(first, Hashes[1]));
        blocks.TryFind(Hashes[0], out var found);
        Assert.Equal(first, found);
        Assert.Equal(1, blocks.CachedCount);
    }

    [Fact]
    public void Releasing_too_often_and_sharing_or_caching_what_nobody_holds_are_refused_by_name()
    {
        var blocks = new BlockAllocator(1);
        var block = Take(blocks);
        blocks.Release(block);
        Assert.Contains("Block 0", Assert.Throws<InvalidOperationException>(() => blocks.Release(block)).Message, StringComparison.Ordinal);
        Assert.Contains("Block 0", Assert.Throws<InvalidOperationException>(() => blocks.Share(block)).Message, StringComparison.Ordinal);
        Assert.Contains("Block 0", Assert.Throws<InvalidOperationException>(() => blocks.TryCache(block, Hashes[0])).Message, StringComparison.Ordinal);
    }

    /// <summary>Against a model that keeps reference counts in a dictionary and cached content in a list ordered by release.</summary>
    [Fact]
    public void Whatever_is_allocated_shared_cached_and_released_no_block_is_lost_or_given_out_twice()
    {
        var operation = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1000]);
        Gen.Select(Gen.Int[1, 12], operation.Array[1, 200]).Sample((count, operations) =>
        {
            var blocks = new BlockAllocator(count);
            var references = new Dictionary<BlockId, int>();
            var hashOf = new Dictionary<BlockId, BlockHash>();
            var idle = new List<BlockId>();
            foreach (var (kind, choice) in operations)
            {
                BlockId[] held = [.. references.Keys.OrderBy(b => b.Index)];
                switch (kind)
                {
                    case 0:
                        bool expected = references.Count < count;
                        Assert.Equal(expected, blocks.TryAllocate(out var block));
                        if (!expected) break;
                        Assert.DoesNotContain(block, held);
                        if (references.Count + idle.Count == count) Assert.Equal(idle[0], block);
                        Assert.Equal(hashOf.Remove(block), idle.Remove(block));
                        references.Add(block, 1);
                        break;
                    case 1 when held.Length > 0:
                        block = held[choice % held.Length];
                        blocks.Release(block);
                        if (--references[block] == 0)
                        {
                            references.Remove(block);
                            if (hashOf.ContainsKey(block)) idle.Add(block);
                        }

                        break;
                    case 2 when held.Length > 0:
                        block = held[choice % held.Length];
                        var hash = Hashes[choice % Hashes.Length];
                        bool takes = !hashOf.ContainsKey(block) && !hashOf.ContainsValue(hash);
                        Assert.Equal(takes, blocks.TryCache(block, hash));
                        if (takes) hashOf.Add(block, hash);
                        break;
                    case 3:
                        hash = Hashes[choice % Hashes.Length];
                        Assert.Equal(hashOf.ContainsValue(hash), blocks.TryFind(hash, out block));
                        if (!hashOf.ContainsValue(hash)) break;
                        Assert.Equal(hash, hashOf[block]);
                        blocks.Share(block);
                        idle.Remove(block);
                        references[block] = references.GetValueOrDefault(block) + 1;
                        break;
                    default:
                        break;
                }

                Assert.Equal(references.Count, blocks.UsedCount);
                Assert.Equal(hashOf.Count, blocks.CachedCount);
                Assert.All(Enumerable.Range(0, count), i => Assert.Equal(references.GetValueOrDefault(new BlockId(i)), blocks.References(new BlockId(i))));
            }
        }, iter: 300);
    }
}
