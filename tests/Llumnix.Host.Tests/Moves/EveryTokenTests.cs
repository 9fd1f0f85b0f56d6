using System.Globalization;
using System.Text.Json;
using Llumnix.Host.Tests.Fakes;

namespace Llumnix.Host.Tests.Moves;

/// <summary>
/// The bundled model in two processes: requests that move from one process to the other and back after every token tell their clients what
/// they tell unmoved, to the last digit.
/// </summary>
public sealed class EveryTokenTests
{
    private const int Tokens = 24;

    /// <summary>A token waits until the one before it is acknowledged, which takes this long; so there is time for a move after each.</summary>
    private const string Pace = "llumnix.delivery.ack-interval=60ms";

    private static readonly string Model = Path.Combine(AppContext.BaseDirectory, "models", "stories");

    private static readonly string[] Keys =
    [
        """ "temperature":0,"logprobs":true,"top_logprobs":5 """,
        """ "temperature":0.9,"seed":42,"top_p":0.95,"logprobs":true,"top_logprobs":20,"presence_penalty":0.6,"frequency_penalty":0.4,"repetition_penalty":1.2 """,
        """ "temperature":1,"seed":7,"n":3 """,
    ];

    [Fact]
    public async Task A_request_moved_between_processes_after_every_token_cannot_be_told_from_one_that_was_not()
    {
        using TwoProcesses cluster = await TwoProcesses.StartAsync(Model, "llumnix.engine.blocks=200", "llumnix.delivery.max-unacked=1", Pace);
        foreach (string keys in Keys) await AssertSameAsync(cluster, keys);

        // In the middle of the greedy text, begun by one token and ended by another.
        string text = string.Concat((await ReadAsync(cluster, Keys[0], moves: false)).Told[0].Select(frame => JsonElement.Parse(frame).Text("text")));
        string stop = JsonSerializer.Serialize(text[(text.Length / 2)..((text.Length / 2) + 7)]);
        List<string> told = await AssertSameAsync(cluster, $"""{Keys[0]},"stop":["never found",{stop}] """);
        Assert.Equal("stop", JsonElement.Parse(told[^1]).Text("reason"));
    }

    /// <summary>Runs a request unmoved, then moved until every token of every choice was followed by a move once.</summary>
    private static async Task<List<string>> AssertSameAsync(TwoProcesses cluster, string keys)
    {
        List<string>[] expected = (await ReadAsync(cluster, keys, moves: false)).Told;
        var missing = expected.SelectMany((told, choice) => Enumerable.Range(0, told.Count - 2).Select(index => (Choice: choice, Index: index))).ToHashSet();
        for (int run = 0; missing.Count > 0; run++)
        {
            Assert.True(run < 10, $"{keys}: no move came in time after {string.Join(' ', missing)}.");
            (List<string>[] told, HashSet<(int Choice, int Index)> followed, int moves) = await ReadAsync(cluster, keys, moves: true);
            for (int choice = 0; choice < expected.Length; choice++) Assert.Equal(expected[choice], told[choice]);
            Assert.True(moves > 0, keys);
            missing.ExceptWith(followed);
        }

        return expected[0];
    }

    /// <summary>
    /// All that a client is told of each choice but its moves; the tokens that a move followed, before the next one; and how many moves the
    /// request's usage tells of.
    /// </summary>
    private static async Task<(List<string>[] Told, HashSet<(int Choice, int Index)> Followed, int Moves)> ReadAsync(TwoProcesses cluster, string keys, bool moves)
    {
        using TestSocket socket = await cluster.ConnectAsync(0);
        await socket.SendAsync($$"""{"type":"generate","ref":"r","messages":[{"role":"user","content":"Tell me of a dog."}],"max_tokens":{{Tokens}},"ignore_eos":true,{{keys}}}""");
        JsonElement accepted = await socket.ReceiveAsync();
        Assert.Equal("accepted", TestSocket.TypeOf(accepted));
        var told = Enumerable.Range(0, accepted.Number("choices")).Select(_ => new List<string>()).ToArray();
        var at = new string?[told.Length];
        var followed = new HashSet<(int Choice, int Index)>();
        int ended = 0;
        while (true)
        {
            JsonElement frame = await socket.ReceiveAsync();
            int choice = frame.Number("choice");
            switch (TestSocket.TypeOf(frame))
            {
                case "moved":
                    at[choice] = frame.Text("to");
                    followed.Add((choice, told[choice].Count - 1));
                    break;
                case "token":
                    told[choice].Add(frame.GetRawText());
                    if (moves) await MoveAsync(cluster, IdOf(accepted, choice), at[choice]);
                    break;
                default:
                    Assert.Equal("finished", TestSocket.TypeOf(frame));
                    told[choice].Add(Without(frame, "usage"));
                    if (++ended == told.Length)
                        return (told, followed, frame.GetProperty("usage").TryGetProperty("llumnix", out JsonElement ours) ? ours.Number("migrations") : 0);
                    break;
            }
        }
    }

    /// <summary>Orders a move into the other process.</summary>
    private static async Task MoveAsync(TwoProcesses cluster, string request, string? at)
    {
        if (at is null)
        {
            JsonElement requests = (await cluster.Gateway(0).GetAsync("/admin/requests")).GetProperty("requests");
            at = requests.EnumerateArray().Where(one => one.Text("id") == request).Select(one => one.Text("instance")).FirstOrDefault();
        }

        if (at is not null) await cluster.MigrateAsync(0, request, cluster.Instances.First(instance => !cluster.Together(instance, at)));
    }

    /// <summary>Choices are told apart by the last four digits.</summary>
    private static string IdOf(JsonElement accepted, int choice) =>
        accepted.Text("request")![..^4] + choice.ToString("x4", CultureInfo.InvariantCulture);

    private static string Without(JsonElement frame, string key) => JsonSerializer.Serialize(
        frame.EnumerateObject().Where(property => property.Name != key).ToDictionary(property => property.Name, property => property.Value));
}
