using System.Net.WebSockets;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Api;
using Llumnix.Host.Models;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Host.WebSockets;

/// <summary>One request on a socket: reads its session and sends what it tells.</summary>
internal sealed class SocketRequest(string reference, GenerationStream stream, ServedModel model, StreamSocket socket) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancelled = new();
    private readonly int[] _delivered = new int[stream.Request.Choices];
    private readonly bool[] _finished = new bool[stream.Request.Choices];
    private RequestMoves _moves = RequestMoves.None;
    private int _left = stream.Request.Choices;
    private bool _ended;
    private bool _ending;

    /// <summary>The client's name for it, or else its id.</summary>
    public string Reference { get; } = reference;

    /// <summary>Whether its last frame is on its way: its name is free.</summary>
    public bool Ending => Volatile.Read(ref _ending);

    /// <summary>Completes when the request has left the socket.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Starts sending, beginning with <c>accepted</c>.</summary>
    public void Begin(Accepted how, CancellationToken socketEnded) => Running = RunAsync(how, socketEnded);

    /// <summary>The client wants no more of it: its choices are told finished as <c>cancelled</c>.</summary>
    public void Cancel()
    {
        stream.Cancel();
        lock (_gate)
        {
            if (!_ended) _cancelled.Cancel();
        }
    }

    /// <summary>The socket is gone: a resumable request goes on without it, another ends.</summary>
    public void Leave() => stream.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        lock (_gate)
        {
            _ended = true;
            _cancelled.Dispose();
        }
    }

    private async Task RunAsync(Accepted how, CancellationToken socketEnded)
    {
        // The receiving loop goes on to the next frame.
        await Task.Yield();
        using var frames = new FrameWriter(socket.RetryAfter);
        try
        {
            if (how == Accepted.TakenOver) how = await stream.TakenOver.WaitAsync(socketEnded) ? Accepted.Resumed : Accepted.Regenerated;
            await socket.SendAsync(frames.Accepted(Reference, stream, how), socketEnded);
            await RelayAsync(frames, socketEnded);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The socket ended; its receiving loop sees to the rest.
        }
        finally
        {
            socket.Remove(this, socketEnded);
            Dispose();
        }
    }

    private async Task RelayAsync(FrameWriter frames, CancellationToken socketEnded)
    {
        using var wanted = CancellationTokenSource.CreateLinkedTokenSource(socketEnded, _cancelled.Token);
        try
        {
            while (await stream.Events.WaitToReadAsync(wanted.Token))
            {
                while (!wanted.IsCancellationRequested && stream.Events.TryRead(out GenerationEvent e))
                {
                    await socket.SendAsync(FrameOf(frames, e), socketEnded);
                    if (_ending) return;
                }
            }
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested && !socketEnded.IsCancellationRequested)
        {
            // Told below.
        }

        // The stream closed, or was cancelled, before every choice told its end.
        FinishReason reason = _cancelled.IsCancellationRequested ? FinishReason.Cancelled : FinishReason.Failed;
        for (int choice = 0; choice < _finished.Length; choice++)
        {
            if (_finished[choice]) continue;
            GenerationEvent end = GenerationEvent.OfFinish(choice, _delivered[choice], "", reason, null);
            await socket.SendAsync(FrameOf(frames, end), socketEnded);
        }
    }

    private ReadOnlyMemory<byte> FrameOf(FrameWriter frames, in GenerationEvent e)
    {
        switch (e.Kind)
        {
            case GenerationEventKind.Token:
                _delivered[e.Choice] = e.Index + 1;
                return frames.Token(Reference, e, model);
            case GenerationEventKind.Moved:
                return frames.Moved(Reference, e);
            case GenerationEventKind.Finished:
                _delivered[e.Choice] = e.Index;
                if (!_finished[e.Choice])
                {
                    _left--;
                    _moves = _moves.Add(e.Moves ?? RequestMoves.None);
                }

                _finished[e.Choice] = true;
                if (_left == 0) Volatile.Write(ref _ending, true);
                return _left > 0 ? frames.Finished(Reference, e) : frames.LastFinished(Reference, e, stream.Request.Prompt.Length, _delivered.Sum(), _moves);
            default:
                Volatile.Write(ref _ending, true);
                return frames.Error(Reference, ApiException.OfFailure(e));
        }
    }
}
