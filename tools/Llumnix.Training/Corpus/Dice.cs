using System.Numerics;

namespace Llumnix.Training.Corpus;

/// <summary>
/// Seeded randomness that gives the same stories on every .NET version (SplitMix64, Steele et al. 2014).
/// <see cref="Random"/> promises no such thing.
/// </summary>
public sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="count"/> - 1.</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return (int)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    public bool Chance(double probability) => (NextBits() >> 11) * (1.0 / (1UL << 53)) < probability;

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Next(choices.Count)];

    /// <summary>Independent dice for item <paramref name="index"/> of a series, so that any item can be made alone.</summary>
    public static Dice For(ulong seed, long index) =>
        new(new Dice(seed ^ BitOperations.RotateLeft((ulong)index * 0xD1342543DE82EF95, 23)).NextBits());
}
