using System.Threading.Channels;
using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Sessions;

/// <summary>A gateway's clients, each served by a session of the node.</summary>
/// <param name="sessions">The node's sessions.</param>
/// <param name="streamBuffer">Events kept for a client that reads too slowly.</param>
internal sealed class GenerationClient(IActorRef sessions, int streamBuffer) : IGenerationClient
{
    public GenerationStream Generate(GenerateRequest request)
    {
        var events = NewChannel();
        var takenOver = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        sessions.Tell(new SessionProtocol.Open(request, events.Writer, takenOver), ActorRefs.NoSender);
        return StreamOf(request, events, takenOver.Task);
    }

    public async Task<GenerationStream?> ResumeAsync(RequestId id, IReadOnlyList<int> offsets, CancellationToken cancellationToken)
    {
        var events = NewChannel();
        object answer = await sessions
            .Ask<object>(new SessionProtocol.Attach(id, offsets, events.Writer), System.Threading.Timeout.InfiniteTimeSpan, cancellationToken)
            .ConfigureAwait(false);
        return answer is SessionProtocol.Attached attached ? StreamOf(attached.Request, events, Task.FromResult(false)) : null;
    }

    public async Task<bool> CancelAsync(RequestId id, CancellationToken cancellationToken) =>
        await sessions.Ask<object>(new SessionProtocol.Cancel(id, Answer: true), System.Threading.Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false)
            is SessionProtocol.Cancelled;

    private Channel<GenerationEvent> NewChannel() =>
        Channel.CreateBounded<GenerationEvent>(new BoundedChannelOptions(streamBuffer) { SingleReader = true });

    private GenerationStream StreamOf(GenerateRequest request, Channel<GenerationEvent> events, Task<bool> takenOver) => new(
        request,
        events.Reader,
        cancel: () => sessions.Tell(new SessionProtocol.Cancel(request.Id, Answer: false), ActorRefs.NoSender),
        detach: () => sessions.Tell(new SessionProtocol.Detach(request.Id, events.Writer), ActorRefs.NoSender))
    {
        TakenOver = takenOver,
    };
}
