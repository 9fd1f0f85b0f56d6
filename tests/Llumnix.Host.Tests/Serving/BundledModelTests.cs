using System.Text.Json;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Tests.Fakes;

namespace Llumnix.Host.Tests.Serving;

/// <summary>The model that the default run serves.</summary>
public sealed class BundledModelTests(BundledNode node) : IClassFixture<BundledNode>
{
    private static readonly string[] Openings = ["Once upon a time", "One day, a little", "The old dragon", "Lily and Tom went to the"];

    [Fact]
    public async Task Sixty_four_stories_at_once_are_those_told_one_at_a_time()
    {
        var calls = Enumerable.Range(0, 64).Select(i => (
            Prompt: Openings[i % Openings.Length],
            Sampling: new SamplingParameters { Temperature = i % 2, Seed = (ulong)i, MaxTokens = 10 + i, IgnoreEos = true })).ToArray();

        (string Text, int[] Tokens)[] streamed = await Task.WhenAll(calls.Select(call => node.StreamAsync(
            $$"""
            {"prompt":"{{call.Prompt}}","temperature":{{call.Sampling.Temperature}},"seed":{{call.Sampling.Seed}},"max_tokens":{{call.Sampling.MaxTokens}},
             "top_p":1,"top_k":-1,"ignore_eos":true,"stream":true,"return_token_ids":true}
            """)));

        for (int i = 0; i < calls.Length; i++)
        {
            int[] prompt = node.Engine.Folder.Tokenizer.Encode(calls[i].Prompt, addSpecialTokens: true);
            int[] right = node.Engine.Generate(prompt, calls[i].Sampling);
            Assert.Equal(right, streamed[i].Tokens);
            Assert.Equal(node.Engine.TextOf(prompt, right), streamed[i].Text);
        }

        await node.AllFreeAsync();
    }

    [Fact]
    public async Task A_story_is_told_in_English()
    {
        JsonElement answer = await node.AskAsync("/v1/completions", """{"prompt":"Once upon a time","max_tokens":80,"temperature":0}""");
        string[] words = answer.Choice().Text("text")!.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(words.Length > 20, string.Join(' ', words));
        Assert.Contains("was", words);
        Assert.All(answer.Choice().Text("text")!, letter => Assert.True(letter < 128));
    }
}
