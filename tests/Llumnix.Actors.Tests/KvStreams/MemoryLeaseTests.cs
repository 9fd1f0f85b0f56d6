using Akka.TestKit.Xunit2;
using Llumnix.Actors.KvStreams;
using Llumnix.Actors.Migration;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.KvStreams;

/// <summary>
/// Instances that end while streams read their KV memory or write into it. Real executors: their memory goes back to the system when it is
/// freed, so that a stream which still touched it would end this process.
/// </summary>
public sealed class MemoryLeaseTests() : TestKit(TransportConfig.Text)
{
    private const int Blocks = 48;
    private const int BlockBytes = 262_144;

    private static readonly ModelConfig Shape = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = 40,
        HiddenSize = 32,
        IntermediateSize = 32,
        Layers = 2,
        Heads = 4,
        KvHeads = 4,
        HeadDim = 64,
        MaxPositions = 1024,
    };

    [Fact]
    public void The_executor_lives_as_long_as_the_last_lease()
    {
        var executor = new ScriptedExecutor(4);
        var memory = new ExecutorBlockMemory(executor);
        Assert.True(memory.TryLease());
        Assert.True(memory.TryLease());

        memory.Dispose();
        memory.Dispose();

        Assert.False(memory.TryLease());
        memory.EndLease();
        Assert.False(executor.IsDisposed);
        memory.EndLease();
        Assert.True(executor.IsDisposed);
    }

    [Fact]
    public void Without_a_lease_the_executor_ends_at_once()
    {
        var executor = new ScriptedExecutor(4);
        var memory = new ExecutorBlockMemory(executor);
        Assert.True(memory.TryLease());
        memory.EndLease();

        memory.Dispose();

        Assert.True(executor.IsDisposed);
    }

    [Fact]
    public void However_leases_and_the_end_race_the_executor_ends_once_and_under_no_lease()
    {
        for (int round = 0; round < 200; round++)
        {
            var executor = new ScriptedExecutor(4);
            var memory = new ExecutorBlockMemory(executor);
            using var start = new Barrier(3);
            Parallel.Invoke(Lease, Lease, () =>
            {
                start.SignalAndWait();
                memory.Dispose();
            });

            Assert.True(executor.IsDisposed);
            Assert.Equal(0, memory.Leases);

            void Lease()
            {
                start.SignalAndWait();
                while (memory.TryLease())
                {
                    Assert.False(executor.IsDisposed);
                    memory.EndLease();
                }
            }
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task An_instance_that_ends_under_a_stream_neither_crashes_nor_corrupts(bool sameProcess, bool sourceEnds)
    {
        var options = new KvStreamOptions { Secret = "x" };
        await using var here = await KvTransport.StartAsync(Sys, options, "127.0.0.1", 0, TimeProvider.System);
        await using var there = await KvTransport.StartAsync(Sys, options, "127.0.0.1", 0, TimeProvider.System);
        var destination = sameProcess ? here : there;
        byte[][] content = [.. Enumerable.Range(0, Blocks).Select(_ => new byte[BlockBytes])];
        var random = new Random(1);
        foreach (byte[] block in content) random.NextBytes(block);
        int failures = 0;
        for (int round = 0; round < 40; round++)
        {
            // Each of the two holds weights and memory of its own.
            using var weights = new RandomWeights(Shape, 1, WeightType.F32);
            var (source, from) = Memory(weights);
            var (target, to) = Memory(weights);
            for (int i = 0; i < Blocks; i++) content[i].CopyTo(source.MapBlock(new(i)));
            var id = new KvStreamId((ulong)round);
            var reservation = destination.Inbox.Reserve(id, to, Enumerable.Range(0, Blocks).Select(i => new BlockId(Blocks - 1 - i)));
            var stream = await here.OpenAsync(destination.Endpoint, id, from, default);
            // Every other round the memory may be gone when the stream is over; in the rest it is looked at.
            bool looks = round % 2 == 0 && to.TryLease();
            Task sending = stream.SendStageAsync([.. Enumerable.Range(0, Blocks).Select(i => new KvBlockRef(i, new BlockId(i)))], default);

            // At another moment in each round: after so many blocks.
            await Task.WhenAny(sending, reservation.WhenFirst(1 + (round % Blocks)));
            (sourceEnds ? from : to).Dispose();

            try
            {
                await sending;
                Assert.True(reservation.HasFirst(Blocks));
            }
            catch (KvStreamException)
            {
                failures++;
            }

            await reservation.CloseAsync();
            for (int i = 0; looks && i < Blocks && reservation.HasFirst(i + 1); i++)
                Assert.True(content[i].AsSpan().SequenceEqual(target.MapBlock(new(Blocks - 1 - i)).Span), $"round {round}, block {i}");
            await stream.DisposeAsync();
            if (looks) to.EndLease();
            from.Dispose();
            to.Dispose();
            await Eventually.IsAsync(() => Task.FromResult(from.Leases == 0 && to.Leases == 0));
        }

        Assert.True(failures > 0, "No stream was caught under way.");
    }

    private static (CpuModelExecutor Executor, ExecutorBlockMemory Memory) Memory(RandomWeights weights)
    {
        var executor = new CpuModelExecutor(new ExecutorOptions { BlockCount = Blocks, BlockSize = 64 }, Shape, weights);
        return (executor, new ExecutorBlockMemory(executor));
    }
}
