namespace Llumnix.Gpu.Sampling;

/// <summary>
/// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). It has no state:
/// a number is a function of the seed and its place, so a request draws the same numbers wherever it runs.
/// </summary>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>The uniform number in [0, 1), a multiple of 2^-53, for output token <paramref name="index"/>.</summary>
    public static double Uniform(ulong seed, int index)
    {
        (uint x0, uint x1, _, _) = Block((uint)index, 0, 0, 0, (uint)seed, (uint)(seed >> 32));
        return ((((ulong)x1 << 32) | x0) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>
    /// The seed of a session's choice: <paramref name="seed"/> itself for choice 0, so that one choice and the first of many are the same
    /// output; unrelated numbers for the others.
    /// </summary>
    public static ulong ChoiceSeed(ulong seed, int choice)
    {
        if (choice == 0) return seed;
        // The third counter word keeps these apart from every Uniform of the same seed.
        (uint x0, uint x1, _, _) = Block((uint)choice, 0, 1, 0, (uint)seed, (uint)(seed >> 32));
        return ((ulong)x1 << 32) | x0;
    }

    /// <summary>The generator itself: 128 random bits for a 128-bit counter and a 64-bit key.</summary>
    internal static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }
}
