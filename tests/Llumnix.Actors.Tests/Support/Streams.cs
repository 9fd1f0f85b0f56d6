using Llumnix.Actors.Sessions;

namespace Llumnix.Actors.Tests.Support;

/// <summary>Reads streams.</summary>
internal static class Streams
{
    /// <summary>Everything a stream still tells.</summary>
    public static async Task<List<GenerationEvent>> ReadAsync(this GenerationStream stream)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var events = new List<GenerationEvent>();
        await foreach (var happened in stream.Events.ReadAllAsync(patience.Token)) events.Add(happened);
        return events;
    }

    /// <summary>The next event of a stream.</summary>
    public static async Task<GenerationEvent> NextAsync(this GenerationStream stream)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await stream.Events.ReadAsync(patience.Token);
    }

    /// <summary>The tokens of one choice, whose indices must rise one by one from <paramref name="from"/>.</summary>
    public static int[] TokensOf(this IEnumerable<GenerationEvent> events, int choice = 0, int from = 0)
    {
        var tokens = events.Where(happened => happened.Kind == GenerationEventKind.Token && happened.Choice == choice).ToArray();
        Assert.Equal(Enumerable.Range(from, tokens.Length), tokens.Select(token => token.Index));
        return [.. tokens.Select(token => token.TokenId)];
    }

    /// <summary>The text of one choice.</summary>
    public static string TextOf(this IEnumerable<GenerationEvent> events, int choice = 0) => string.Concat(events
        .Where(happened => happened.Kind is GenerationEventKind.Token or GenerationEventKind.Finished && happened.Choice == choice)
        .Select(happened => happened.Text));
}
