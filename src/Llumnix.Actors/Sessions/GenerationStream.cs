using System.Threading.Channels;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Sessions;

/// <summary>A client's end of a session. Disposing it without having cancelled detaches: the session then cancels, or, if the request is
/// resumable, goes on and waits for its client for <c>resume-window</c>.</summary>
public sealed class GenerationStream(GenerateRequest request, ChannelReader<GenerationEvent> events, Action cancel, Action detach)
    : IDisposable
{
    private int _ended;

    /// <summary>What the session was asked for; a client that resumes by id alone learns it here.</summary>
    public GenerateRequest Request { get; } = request;

    public RequestId Id => Request.Id;

    /// <summary>The seed of choice 0.</summary>
    public ulong Seed => Request.Sampling.Seed;

    /// <summary>
    /// Where a request was to be taken over, completes when it is known whether it was found elsewhere and goes on from there; false where it
    /// is generated from its beginning, and where it failed before.
    /// </summary>
    public Task<bool> TakenOver { get; init; } = Task.FromResult(false);

    /// <summary>
    /// Completes after the last choice's Finished or after Failed. Bounded: a client that reads too slowly pauses its own request only.
    /// </summary>
    public ChannelReader<GenerationEvent> Events { get; } = events;

    /// <summary>Ends all choices; their blocks are freed. Idempotent.</summary>
    public void Cancel()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0) cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0) detach();
    }
}
