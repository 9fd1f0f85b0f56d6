using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Llumnix.Scheduling.Memory;

/// <summary>
/// Names the content of a full block: the first 128 bits of SHA-256 over the hash of all blocks before it and its own token ids, so
/// equal hashes mean equal tokens from position 0 to the block's end.
/// </summary>
/// <remarks>
/// Blocks are shared by hash alone, so a collision would hand a request someone else's KV and give a wrong answer. Among n distinct
/// blocks the chance of one is about n² / 2^129: 10^-21 for the 10^9 blocks of a busy year. 64 bits would make it 3 %, and a hash that
/// is not cryptographic would let a client construct one.
/// </remarks>
/// <param name="High">The first 64 bits.</param>
/// <param name="Low">The next 64 bits.</param>
public readonly record struct BlockHash(ulong High, ulong Low)
{
    private const int Size = 16;
    private const int StackLimit = 1024;

    /// <summary>
    /// What a chain starts from; <paramref name="model"/> names everything else the KV depends on (model, kernel class, adapter), so
    /// that equal tokens under another model give other hashes.
    /// </summary>
    public static BlockHash Root(string model) => Of(Encoding.UTF8.GetBytes(model));

    /// <summary>
    /// The hashes of the full blocks of <paramref name="tokens"/>: entry i covers the tokens before position (i + 1) x
    /// <paramref name="blockSize"/>; a last block that is not full has none.
    /// </summary>
    public static BlockHash[] Chain(BlockHash root, ReadOnlySpan<int> tokens, int blockSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockSize, 1);
        var hashes = new BlockHash[tokens.Length / blockSize];
        var last = root;
        for (int i = 0; i < hashes.Length; i++)
        {
            last = last.Next(tokens.Slice(i * blockSize, blockSize));
            hashes[i] = last;
        }

        return hashes;
    }

    /// <summary>The hash of the chain that ends in this hash and goes on with one more full block of <paramref name="tokens"/>.</summary>
    public BlockHash Next(ReadOnlySpan<int> tokens)
    {
        int length = Size + tokens.Length * sizeof(int);
        byte[]? rented = length > StackLimit ? ArrayPool<byte>.Shared.Rent(length) : null;
        var input = rented is null ? stackalloc byte[StackLimit] : rented;
        BinaryPrimitives.WriteUInt64LittleEndian(input, High);
        BinaryPrimitives.WriteUInt64LittleEndian(input[sizeof(ulong)..], Low);
        for (int i = 0; i < tokens.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(input[(Size + i * sizeof(int))..], tokens[i]);

        var hash = Of(input[..length]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    // The bits are uniform already.
    public override int GetHashCode() => (int)Low;

    public override string ToString() => $"{High:x16}{Low:x16}";

    private static BlockHash Of(ReadOnlySpan<byte> input)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, digest);
        return new BlockHash(BinaryPrimitives.ReadUInt64LittleEndian(digest), BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]));
    }
}
