using System.Threading.Channels;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Bodies;
using Llumnix.Scheduling;

namespace Llumnix.Host.Generation;

/// <summary>
/// The sessions of one call, one a prompt, read as one: events carry the choice's number in the whole call. They run side by side.
/// </summary>
internal sealed class SessionGroup : IDisposable
{
    private const int MergedEvents = 64;

    private readonly GenerationStream[] _streams;

    private readonly ChannelWriter<GenerationEvent>? _merged;

    private SessionGroup(GenerationStream[] streams, ChannelReader<GenerationEvent> events, ChannelWriter<GenerationEvent>? merged)
    {
        _streams = streams;
        _merged = merged;
        Events = events;
    }

    /// <summary>The first prompt's session, by which the whole call goes.</summary>
    public RequestId Id => _streams[0].Id;

    /// <summary>Completes after every choice's Finished, or after a Failed.</summary>
    public ChannelReader<GenerationEvent> Events { get; }

    /// <summary>Starts all sessions of <paramref name="call"/>; <paramref name="id"/> is that of the first.</summary>
    public static SessionGroup Start(IGenerationClient client, GenerationCall call, RequestId id)
    {
        var streams = new GenerationStream[call.Prompts.Count];
        for (int i = 0; i < streams.Length; i++) streams[i] = client.Generate(call.ToRequest(i, i == 0 ? id : RequestIds.Next()));
        if (streams.Length == 1) return new SessionGroup(streams, streams[0].Events, merged: null);

        // Bounded: a slow client is felt by every session of the call, and by no other.
        var merged = Channel.CreateBounded<GenerationEvent>(new BoundedChannelOptions(MergedEvents) { SingleReader = true });
        _ = MergeAsync(streams, call.Choices, merged.Writer);
        return new SessionGroup(streams, merged.Reader, merged.Writer);
    }

    /// <summary>Ends all sessions; their blocks are freed.</summary>
    public void Cancel()
    {
        foreach (GenerationStream stream in _streams) stream.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (GenerationStream stream in _streams) stream.Dispose();
        // Nobody reads any more: what still waits to write ends too.
        _merged?.TryComplete();
    }

    private static async Task MergeAsync(GenerationStream[] streams, int choices, ChannelWriter<GenerationEvent> merged)
    {
        try
        {
            await Task.WhenAll(streams.Select((stream, prompt) => RelabelAsync(stream.Events, prompt * choices, merged)));
            merged.TryComplete();
        }
        catch (Exception error)
        {
            merged.TryComplete(error);
        }
    }

    private static async Task RelabelAsync(ChannelReader<GenerationEvent> events, int offset, ChannelWriter<GenerationEvent> merged)
    {
        await foreach (GenerationEvent e in events.ReadAllAsync())
        {
            await merged.WriteAsync(e.Kind switch
            {
                GenerationEventKind.Token => GenerationEvent.OfToken(offset + e.Choice, e.Index, e.TokenId, e.Text, e.Logprobs),
                GenerationEventKind.Moved => GenerationEvent.OfMove(offset + e.Choice, e.From, e.To),
                GenerationEventKind.Finished => GenerationEvent.OfFinish(offset + e.Choice, e.Index, e.Text, e.Reason, e.StopReason, e.Moves),
                _ => e,
            });
        }
    }
}
