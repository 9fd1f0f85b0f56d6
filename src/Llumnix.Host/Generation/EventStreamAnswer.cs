using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Api;
using Llumnix.Host.Bodies;

namespace Llumnix.Host.Generation;

/// <summary>
/// Answers a call by server-sent events, token by token. Nothing is sent before the first event is known, so that a call that cannot be
/// served gets its status. A token costs one chunk of JSON written straight into the connection's buffer, and whatever is there at once
/// is flushed at once.
/// </summary>
internal sealed class EventStreamAnswer(HttpResponse response, GenerationCall call, SessionGroup sessions, AnswerFormat format) : IDisposable
{
    /// <summary>So much is written before a flush even when more events are waiting.</summary>
    private const int FlushBytes = 32 * 1024;

    private readonly PipeWriter _pipe = response.BodyWriter;
    private readonly Utf8JsonWriter _json = new(response.BodyWriter, WireJson.Options);
    private readonly bool[] _opened = new bool[call.TotalChoices];
    private int _finished;
    private int _completionTokens;
    private RequestMoves _moves = RequestMoves.None;

    /// <summary>
    /// Sends everything. An <see cref="ApiException"/> before anything was sent is the answer; later the caller breaks the connection,
    /// because clients swallow an error in mid-stream.
    /// </summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        while (await sessions.Events.WaitToReadAsync(cancellationToken))
        {
            while (sessions.Events.TryRead(out GenerationEvent e))
            {
                if (e.Kind == GenerationEventKind.Failed) throw ApiException.OfFailure(e);
                Write(e);
                if (_pipe.UnflushedBytes >= FlushBytes) break;
            }

            if (_pipe.UnflushedBytes > 0) await FlushAsync(cancellationToken);
        }

        if (_finished < call.TotalChoices) throw ApiException.Internal("The session ended before its answer did.");
        if (call.IncludeUsage)
        {
            StartEvent();
            format.WriteUsageChunk(_json, _completionTokens, _moves);
            EndEvent();
        }

        _pipe.Write("data: [DONE]\n\n"u8);
        await FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void Write(in GenerationEvent e)
    {
        if (e.Kind == GenerationEventKind.Moved) return;
        // Throws before anything of the choice is written where it ended in no way a client knows.
        string? reason = e.Kind == GenerationEventKind.Finished ? FinishWords.ForOpenAi(e.Reason) : null;
        Open(e.Choice);
        if (reason is not null)
        {
            StartEvent();
            format.WriteFinish(_json, e.Choice, e.Text, reason, e.StopReason);
            EndEvent();
            _finished++;
            _completionTokens += e.Index;
            _moves = _moves.Add(e.Moves ?? RequestMoves.None);
        }
        else if (e.Text.Length > 0 || format.ReportsEveryToken)
        {
            StartEvent();
            format.WriteToken(_json, e.Choice, e.Text, new OutputToken(e.TokenId, e.Logprobs));
            EndEvent();
        }
    }

    private void Open(int choice)
    {
        if (_opened[choice]) return;
        _opened[choice] = true;
        if (!response.HasStarted && response.ContentType is null)
        {
            response.ContentType = "text/event-stream; charset=utf-8";
            response.Headers.CacheControl = "no-cache";
            // Proxies of the nginx kind would hold tokens back.
            response.Headers["X-Accel-Buffering"] = "no";
        }

        if (!format.HasOpening) return;
        StartEvent();
        format.WriteOpening(_json, choice);
        EndEvent();
    }

    private void StartEvent() => _pipe.Write("data: "u8);

    private void EndEvent()
    {
        _json.Flush();
        _json.Reset();
        _pipe.Write("\n\n"u8);
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        FlushResult flushed = await _pipe.FlushAsync(cancellationToken);
        if (flushed.IsCompleted || flushed.IsCanceled) throw new OperationCanceledException("The client is gone.");
    }
}
