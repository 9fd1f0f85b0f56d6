using Llumnix.Gpu.Sampling;

namespace Llumnix.Gpu.Tests.Sampling;

public sealed class PhiloxTests
{
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void The_generator_gives_the_answers_its_authors_publish(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void A_uniform_number_is_the_upper_53_bits_of_the_first_two_words()
    {
        // Computed by an independent implementation.
        double[] expected = [0.7716779885161604, 0.32125935090679314, 0.5087401422131782];
        Assert.Equal(expected, Enumerable.Range(0, 3).Select(i => Philox.Uniform(0x0123456789ABCDEF, i)));
    }

    [Fact]
    public void Uniform_numbers_of_successive_tokens_and_of_successive_seeds_are_uniform()
    {
        const int Draws = 64_000, Bins = 64;
        int[] byIndex = new int[Bins], bySeed = new int[Bins];
        for (int i = 0; i < Draws; i++)
        {
            byIndex[(int)(Philox.Uniform(7, i) * Bins)]++;
            bySeed[(int)(Philox.Uniform((ulong)i, 7) * Bins)]++;
        }

        double[] expected = [.. Enumerable.Repeat((double)Draws / Bins, Bins)];
        Assert.InRange(ChiSquare.Statistic(byIndex, expected), 0, ChiSquare.Limit(Bins - 1));
        Assert.InRange(ChiSquare.Statistic(bySeed, expected), 0, ChiSquare.Limit(Bins - 1));
    }

    [Fact]
    public void The_first_choice_keeps_the_seed_and_the_others_get_unrelated_ones()
    {
        Assert.Equal(42UL, Philox.ChoiceSeed(42, 0));
        Assert.Equal(0xAE3A5ABF1E8DC7C5UL, Philox.ChoiceSeed(42, 3));
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(i => Philox.ChoiceSeed(42, i)).Distinct().Count());
    }
}
