using System.Globalization;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Tests.Cluster;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>
/// Requests moved back and forth after every single step they take, so at every token and every chunk of their prompt: their clients must
/// not be able to tell, to the last bit.
/// </summary>
public sealed class EveryPositionTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Prompt = "the in and the and in the and er and the the in";

    private static readonly Dictionary<string, SamplingParameters> Samplings = new()
    {
        ["greedy"] = new() { Temperature = 0 },
        ["seeded"] = new() { Temperature = 0.9f, Seed = 42, TopP = 0.95f, TopK = 80 },
        ["logprobs"] = new() { Temperature = 0.7f, Seed = 7, Logprobs = 20 },
        ["greedy with logprobs"] = new() { Temperature = 0, Logprobs = 5 },
        ["presence"] = new() { Temperature = 0, PresencePenalty = 1.5f },
        ["frequency"] = new() { Temperature = 0, FrequencyPenalty = 0.7f },
        ["repetition"] = new() { Temperature = 0, RepetitionPenalty = 1.4f },
        ["all at once"] = new()
        {
            Temperature = 1.2f,
            Seed = 99,
            MinP = 0.01f,
            Logprobs = 3,
            PresencePenalty = -0.5f,
            FrequencyPenalty = 0.4f,
            RepetitionPenalty = 1.1f,
            LogitBias = new Dictionary<int, float> { [5] = 2, [9] = -3 },
        },
    };

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (string sampling in Samplings.Keys) cases.Add(sampling, "live");
        foreach (string sampling in (string[])["all at once", "logprobs"])
        {
            cases.Add(sampling, "blocking-copy");
            cases.Add(sampling, "recompute");
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task After_every_token(string sampling, string method)
    {
        await using var node = await SteppedNode.StartAsync(fixture, $"llumnix.migration.method={method}");

        await AssertSameAsync(node, Samplings[sampling] with { MaxTokens = 40, IgnoreEos = true });
    }

    [Theory]
    [InlineData("live", 4)]
    [InlineData("live", 5)]
    [InlineData("live", 1)]
    [InlineData("blocking-copy", 7)]
    public async Task After_every_chunk_of_the_prompt(string method, int chunk)
    {
        await using var node = await SteppedNode.StartAsync(fixture, [$"llumnix.migration.method={method}", .. Chunks(chunk)]);

        await AssertSameAsync(node, Samplings["all at once"] with { MaxTokens = 6, IgnoreEos = true }, chunk);
    }

    [Fact]
    public async Task In_the_middle_of_a_prompt_whose_blocks_are_computed_again()
    {
        // Each such move begins the prompt anew, so it is moved after a few chunks only.
        await using var node = await SteppedNode.StartAsync(fixture, ["llumnix.migration.method=recompute", .. Chunks(4)]);
        var request = Request(Samplings["all at once"] with { MaxTokens = 10, IgnoreEos = true });
        var expected = await node.UnmovedAsync(request);

        for (int chunks = 1; chunks <= 5; chunks++)
        {
            node.Hold();
            var again = Request(request.Sampling);
            using var stream = node.Generate(again);
            int at = await node.WhereAsync(again.Id);
            for (int i = 1; i < chunks; i++) await node.StepAsync(at);
            await node.MoveAsync(again.Id, at);
            node.Release();

            Assert.Equal(Told.Of(expected), Told.Of(await stream.ReadAsync()));
            await node.EmptyAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Through_a_stop_string_that_several_tokens_make(bool included)
    {
        await using var node = await SteppedNode.StartAsync(fixture);
        var plain = Samplings["seeded"] with { MaxTokens = 40, IgnoreEos = true };
        string text = (await node.UnmovedAsync(Request(plain))).TextOf();
        // In the middle of the text, longer than any token's; the move before each of its tokens finds it partly matched.
        string stop = text[(text.Length / 2)..((text.Length / 2) + 6)];
        var sampling = plain with { Stop = [stop, "never to be found", text[(text.Length / 2)..((text.Length / 2) + 4)] + "\u0001"], IncludeStop = included };

        var events = await AssertSameAsync(node, sampling);

        Assert.Equal(FinishReason.Stop, events[^1].Reason);
        Assert.Equal(stop, events[^1].StopReason);
        Assert.InRange(events.Count(e => e.Kind == GenerationEventKind.Token), 5, 39);
        Assert.Equal(included, events.TextOf().EndsWith(stop, StringComparison.Ordinal));
    }

    /// <summary>Runs a request unmoved, then with a move after every step but the last, and compares all that its clients were told.</summary>
    private async Task<List<GenerationEvent>> AssertSameAsync(SteppedNode node, SamplingParameters sampling, int chunk = 512)
    {
        var request = Request(sampling);
        var expected = await node.UnmovedAsync(request);
        int tokens = expected.Count(e => e.Kind == GenerationEventKind.Token);
        await node.EmptyAsync();

        node.Hold();
        var again = Request(sampling);
        using var stream = node.Generate(again);
        int at = await node.WhereAsync(again.Id);
        int moves = 0;
        int known;
        do
        {
            known = (await node.MoveAsync(again.Id, at)).Tokens;
            at = 1 - at;
            moves++;
        }
        while (known < request.Prompt.Length + tokens - 1);

        await node.StepAsync(at);
        var moved = await stream.ReadAsync();

        Assert.Equal(Told.Of(expected), Told.Of(moved));
        Assert.Equal(((request.Prompt.Length + chunk - 1) / chunk) + tokens - 2, moves);
        Assert.True(FollowsEveryStep(moved, moves, tokens), string.Join('\n', moved));
        await node.EmptyAsync();
        return moved;
    }

    /// <summary>Whether there is a move between any two tokens, and as many as there were.</summary>
    private static bool FollowsEveryStep(List<GenerationEvent> events, int moves, int tokens)
    {
        var told = events.Where(e => e.Kind != GenerationEventKind.Finished).SkipWhile(e => e.Kind != GenerationEventKind.Token).ToArray();
        return events.Count(e => e.Kind == GenerationEventKind.Moved) == moves
            && told.Length == (2 * tokens) - 1
            && told.Select((e, i) => e.Kind == (i % 2 == 0 ? GenerationEventKind.Token : GenerationEventKind.Moved)).All(right => right);
    }

    /// <summary>A prompt is computed in chunks of so many tokens.</summary>
    private static string[] Chunks(int tokens) =>
        [string.Create(CultureInfo.InvariantCulture, $"llumnix.engine.token-budget={tokens}"), "llumnix.engine.max-running=1", "llumnix.engine.prefix-caching=off"];

    private GenerateRequest Request(SamplingParameters sampling) => fixture.Request(Prompt, 1) with { Sampling = sampling };
}
