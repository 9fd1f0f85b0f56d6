using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tests.Execution;

public sealed class KvBlockTests
{
    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    [InlineData(WeightType.F16)]
    public void A_sequence_whose_blocks_are_copied_to_another_executor_goes_on_with_the_same_bits(WeightType kv)
    {
        ModelConfig model = TestModels.All["llama 3, grouped heads, scaled rotation"];
        using RandomWeights weights = new(model, 3, WeightType.BF16);
        ExecutorOptions options = new() { BlockCount = 9, KvType = kv };
        using CpuModelExecutor source = new(options, model, weights);
        using CpuModelExecutor destination = new(options with { BlockCount = 30, Threads = 2 }, model, weights);
        int[] tokens = ExecutorSteps.Sequence(1, 60, model.VocabularySize);
        int[] from = [4, 1, 7, 0], to = [22, 23, 3, 11];
        source.Step(new Cut(tokens, 0, 41, from));

        byte[] block = new byte[source.Kv.BytesPerBlock];
        for (int i = 0; i < 3; i++)
        {
            source.ReadBlock(new(from[i]), block);
            destination.WriteBlock(new(to[i]), block);
        }

        for (int position = 41; position < 60; position++)
        {
            ExecutorSteps.SameBits(
                source.Step(new Cut(tokens, position, 1, from))[0], destination.Step(new Cut(tokens, position, 1, to))[0]);
        }
    }

    [Fact]
    public void A_mapped_block_is_the_block_itself_wherever_it_lies_in_more_memory_than_one_span_reaches()
    {
        ModelConfig model = TestModels.All["llama 2"];
        using RandomWeights weights = new(model, 3, WeightType.F32);
        int bytes = (int)new ExecutorOptions { BlockCount = 1, BlockSize = 256 }.LayOut(model, WeightType.F32).BytesPerBlock;
        int blocks = (int)((int.MaxValue * 5L / 2 / bytes) + 1);
        using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = blocks, BlockSize = 256 }, model, weights);
        int boundary = int.MaxValue / bytes;
        byte[] written = new byte[bytes];
        byte[] read = new byte[bytes];

        foreach (int block in (int[])[0, boundary - 1, boundary, boundary + 1, blocks - 1])
        {
            new Random(block).NextBytes(written);
            written.CopyTo(executor.MapBlock(new(block)));
            executor.ReadBlock(new(block), read);
            Assert.Equal(written, read);
            executor.WriteBlock(new(block), read.AsSpan());
            Assert.True(executor.MapBlock(new(block)).Span.SequenceEqual(written));
        }

        Assert.Throws<ArgumentException>(() => executor.MapBlock(new(blocks)));
    }

    [Fact]
    public void A_block_or_buffer_that_does_not_fit_is_refused_with_a_sentence()
    {
        ModelConfig model = TestModels.All["llama 2"];
        using RandomWeights weights = new(model, 3, WeightType.F32);
        using CpuModelExecutor executor = new(new ExecutorOptions { BlockCount = 3 }, model, weights);
        byte[] block = new byte[executor.Kv.BytesPerBlock];

        Assert.Contains("no block 3; the blocks are 0 to 2", Assert.Throws<ArgumentException>(() => executor.ReadBlock(new(3), block)).Message, StringComparison.Ordinal);
        Assert.Contains("no block -1", Assert.Throws<ArgumentException>(() => executor.WriteBlock(new(-1), block)).Message, StringComparison.Ordinal);
        Assert.Contains(
            $"{block.Length - 1} bytes was given for a block of {block.Length} bytes",
            Assert.Throws<ArgumentException>(() => executor.WriteBlock(new(0), block.AsSpan(1))).Message, StringComparison.Ordinal);
    }
}
