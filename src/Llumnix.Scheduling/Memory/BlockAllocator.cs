namespace Llumnix.Scheduling.Memory;

/// <summary>
/// Gives out the blocks of one instance's KV memory and counts who refers to each. A block is in use while its count is above 0;
/// requests with a common prefix, and a migration that reads blocks out, share it by one more reference. A full block whose content has
/// a hash stays findable after its last reference is gone, and is evicted, least recently released first, when no other block is left.
/// </summary>
/// <remarks>Every operation takes constant time and allocates nothing. The order of allocation depends on the calls alone.</remarks>
public sealed class BlockAllocator
{
    private const int None = -1;
    private readonly int[] _references;
    private readonly bool[] _hashed;
    private readonly BlockHash[] _hashes;
    private readonly Dictionary<BlockHash, int> _byHash = [];
    private readonly int[] _free;
    private int _freeCount;

    // Hashed blocks without references, a list through two arrays: least recently released at _oldest.
    private readonly int[] _older;
    private readonly int[] _newer;
    private int _oldest = None;
    private int _newest = None;
    private int _idleCount;

    /// <summary>An allocator over <paramref name="blockCount"/> blocks, all free.</summary>
    public BlockAllocator(int blockCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockCount, 1);
        _references = new int[blockCount];
        _hashed = new bool[blockCount];
        _hashes = new BlockHash[blockCount];
        _free = new int[blockCount];
        _older = new int[blockCount];
        _newer = new int[blockCount];
        for (int i = 0; i < blockCount; i++) _free[i] = blockCount - 1 - i;
        _freeCount = blockCount;
    }

    /// <summary>M: all blocks of the instance.</summary>
    public int BlockCount => _references.Length;

    /// <summary>Blocks that can be given out: those never used or forgotten, and those kept for their content only.</summary>
    public int FreeCount => _freeCount + _idleCount;

    /// <summary>Blocks with at least one reference.</summary>
    public int UsedCount => BlockCount - FreeCount;

    /// <summary>Blocks found by hash, in use or not.</summary>
    public int CachedCount => _byHash.Count;

    /// <summary>How many cached blocks were given up to make room, since the start.</summary>
    public long EvictionCount { get; private set; }

    /// <summary>How often <paramref name="block"/> is referred to.</summary>
    public int References(BlockId block) => _references[block.Index];

    /// <summary>Whether <paramref name="block"/> is found by the hash of its content: it is full and never written again.</summary>
    public bool IsCached(BlockId block) => _hashed[block.Index];

    /// <summary>Gives out one block with one reference; false when every block is in use.</summary>
    public bool TryAllocate(out BlockId block)
    {
        int index;
        if (_freeCount > 0)
        {
            index = _free[--_freeCount];
        }
        else if (_oldest != None)
        {
            index = _oldest;
            Unlink(index);
            _byHash.Remove(_hashes[index]);
            _hashed[index] = false;
            EvictionCount++;
        }
        else
        {
            block = default;
            return false;
        }

        _references[index] = 1;
        block = new BlockId(index);
        return true;
    }

    /// <summary>Fills <paramref name="blocks"/> with blocks of one reference each, or, when there are too few, gives out none.</summary>
    public bool TryAllocate(Span<BlockId> blocks)
    {
        if (blocks.Length > FreeCount) return false;

        for (int i = 0; i < blocks.Length; i++) TryAllocate(out blocks[i]);
        return true;
    }

    /// <summary>The block whose content has <paramref name="hash"/>; it may have no reference, so share it before the next allocation.</summary>
    public bool TryFind(BlockHash hash, out BlockId block)
    {
        bool found = _byHash.TryGetValue(hash, out int index);
        block = new BlockId(index);
        return found;
    }

    /// <summary>Adds a reference to a block that is in use or found by its hash.</summary>
    /// <exception cref="InvalidOperationException">The block is free.</exception>
    public void Share(BlockId block)
    {
        int index = block.Index;
        if (_references[index] == 0)
        {
            if (!_hashed[index]) throw new InvalidOperationException($"Block {index} is free and holds nothing: allocate it instead of sharing it.");

            Unlink(index);
        }

        _references[index]++;
    }

    /// <summary>Takes one reference away; with the last one the block is free, though still found by its hash if it has one.</summary>
    /// <exception cref="InvalidOperationException">The block has no reference.</exception>
    public void Release(BlockId block)
    {
        int index = block.Index;
        if (_references[index] == 0) throw new InvalidOperationException($"Block {index} has no reference left to release.");

        if (--_references[index] > 0) return;

        if (_hashed[index])
        {
            Link(index);
        }
        else
        {
            _free[_freeCount++] = index;
        }
    }

    /// <summary>
    /// Makes a block in use, full and never written again, findable by the hash of its content. False, and nothing changes, when the
    /// block or another one of the same content has a hash already.
    /// </summary>
    /// <exception cref="InvalidOperationException">The block is not in use.</exception>
    public bool TryCache(BlockId block, BlockHash hash)
    {
        int index = block.Index;
        if (_references[index] == 0) throw new InvalidOperationException($"Block {index} is not in use: its content is nobody's.");

        if (_hashed[index] || !_byHash.TryAdd(hash, index)) return false;

        _hashed[index] = true;
        _hashes[index] = hash;
        return true;
    }

    private void Link(int index)
    {
        _older[index] = _newest;
        _newer[index] = None;
        if (_newest == None)
        {
            _oldest = index;
        }
        else
        {
            _newer[_newest] = index;
        }

        _newest = index;
        _idleCount++;
    }

    private void Unlink(int index)
    {
        int older = _older[index];
        int newer = _newer[index];
        if (older == None)
        {
            _oldest = newer;
        }
        else
        {
            _newer[older] = newer;
        }

        if (newer == None)
        {
            _newest = older;
        }
        else
        {
            _older[newer] = older;
        }

        _idleCount--;
    }
}
