using Llumnix.Actors.Protocols;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>Requests moved after chosen steps while they share blocks with others, or lose them to others.</summary>
public sealed class SharedMemoryTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const int Choices = 3;
    private const string Prompt = "the in and the and in the and er and the the in";

    public static TheoryData<string> Patterns() => ["one", "two", "all", "first"];

    [Theory]
    [MemberData(nameof(Patterns))]
    public async Task Choices_that_share_their_prompts_blocks_move_on_their_own(string pattern)
    {
        await using var node = await SteppedNode.StartAsync(fixture);
        var request = fixture.Request(Prompt, 1) with
        {
            Choices = Choices,
            Sampling = new SamplingParameters { Temperature = 1, Seed = 5, MaxTokens = 20, IgnoreEos = true, Logprobs = 2 },
        };
        var expected = await node.UnmovedAsync(request);
        await node.EmptyAsync();
        node.Hold();
        var again = fixture.Request(Prompt, 1) with { Choices = Choices, Sampling = request.Sampling };
        using var stream = node.Generate(again);
        await node.WhereAsync(again.Id);

        var moves = await node.RunAsync(step => Enumerable.Range(0, Choices)
            .Where(choice => pattern switch
            {
                "one" => choice == step % Choices,
                "two" => choice != step % Choices,
                "first" => choice == 0,
                _ => true,
            })
            .Select(choice => again.Id.Choice(choice)));

        var events = await stream.ReadAsync();
        for (int choice = 0; choice < Choices; choice++) Assert.Equal(Told.Of(expected, choice), Told.Of(events, choice));
        Assert.InRange(moves.Count(move => move.Outcome == MigrationOutcome.Moved), pattern is "one" or "first" ? 15 : 30, int.MaxValue);
        await node.EmptyAsync();
    }

    [Theory]
    [InlineData("live", "on", 1)]
    [InlineData("live", "off", 3)]
    [InlineData("recompute", "on", 3)]
    public async Task A_request_that_loses_its_blocks_moves_before_while_it_waits_and_after(string method, string caching, int every)
    {
        // Room for both at first, and for one in the end.
        await using var node = await SteppedNode.StartAsync(
            fixture, "llumnix.engine.blocks=13", $"llumnix.migration.method={method}", $"llumnix.engine.prefix-caching={caching}");
        var sampling = new SamplingParameters { Temperature = 1, Seed = 8, MaxTokens = 24, IgnoreEos = true, Logprobs = 1 };
        GenerateRequest Request() => fixture.Request("the in and the and er", 1) with { Sampling = sampling };
        var expected = await node.UnmovedAsync(Request());
        var moves = new List<MigrationRecord>();

        for (int step = 0; step < 30; step += every)
        {
            await node.EmptyAsync();
            // Both are to begin on one instance.
            Assert.Null(await node.Admin.DrainAsync(node.Instances[1], on: true, default));
            await Eventually.IsAsync(async () => (await node.Admin.InstancesAsync(default))[1].State == "draining");
            node.Hold();
            var older = Request();
            using var first = node.Generate(older);
            await node.StandsAsync(0);
            var younger = Request();
            using var second = node.Generate(younger);
            await Eventually.IsAsync(async () => (await node.FindAsync(younger.Id))?.Instance == node.Instances[0]);
            Assert.Null(await node.Admin.DrainAsync(node.Instances[1], on: false, default));

            moves.AddRange(await node.RunAsync(now => now == step ? [younger.Id] : now == step + 4 ? [younger.Id, older.Id] : []));

            Assert.Equal(Told.Of(expected), Told.Of(await first.ReadAsync()));
            Assert.Equal(Told.Of(expected), Told.Of(await second.ReadAsync()));
            node.Release();
        }

        await node.EmptyAsync();
        Assert.InRange((await node.Admin.InstancesAsync(default)).Sum(instance => instance.Preemptions), 30 / every / 4, 1000);
        var moved = moves.Where(move => move.Outcome == MigrationOutcome.Moved).ToArray();
        Assert.Contains(moved, move => move.StageBlocks.Length == 0 && move.Tokens > Request().Prompt.Length);
        if (method == "live") Assert.Contains(moved, move => move.StageBlocks.Length > 0);
    }
}
