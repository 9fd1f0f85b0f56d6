using System.Buffers;
using System.Text.Json;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Api;
using Llumnix.Host.Generation;
using Llumnix.Host.Models;

namespace Llumnix.Host.WebSockets;

/// <summary>The frames the gateway sends, one at a time in memory that it reuses: a frame is valid until the next one is asked for.</summary>
internal sealed class FrameWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private readonly Utf8JsonWriter _json;
    private readonly TimeSpan _retryAfter;

    /// <param name="retryAfter">What a client that may try again is told to wait where nobody knows better.</param>
    public FrameWriter(TimeSpan retryAfter)
    {
        _json = new Utf8JsonWriter(_buffer, WireJson.Options);
        _retryAfter = retryAfter;
    }

    public ReadOnlyMemory<byte> Accepted(string reference, GenerationStream stream, Accepted how)
    {
        Open("accepted"u8, reference);
        _json.WriteString("request"u8, stream.Id.ToString());
        _json.WriteNumber("seed"u8, stream.Seed);
        _json.WriteString("model"u8, stream.Request.Model);
        _json.WriteNumber("choices"u8, stream.Request.Choices);
        _json.WriteNumber("prompt_tokens"u8, stream.Request.Prompt.Length);
        _json.WriteNumber("max_tokens"u8, stream.Request.Sampling.MaxTokens);
        if (how != WebSockets.Accepted.New) _json.WriteBoolean(how == WebSockets.Accepted.Resumed ? "resumed"u8 : "regenerated"u8, true);
        return Close();
    }

    public ReadOnlyMemory<byte> Token(string reference, in GenerationEvent e, ServedModel model)
    {
        Open("token"u8, reference);
        _json.WriteNumber("choice"u8, e.Choice);
        _json.WriteNumber("index"u8, e.Index);
        _json.WriteNumber("id"u8, e.TokenId);
        _json.WriteString("text"u8, e.Text);
        if (e.Logprobs is { } logprobs)
        {
            _json.WritePropertyName("logprobs"u8);
            LogprobJson.WriteToken(_json, model, e.TokenId, logprobs);
        }

        return Close();
    }

    public ReadOnlyMemory<byte> Moved(string reference, in GenerationEvent e)
    {
        Open("moved"u8, reference);
        _json.WriteNumber("choice"u8, e.Choice);
        _json.WriteString("from"u8, e.From.Name);
        _json.WriteString("to"u8, e.To.Name);
        return Close();
    }

    /// <summary>A choice ended and others of its request go on.</summary>
    public ReadOnlyMemory<byte> Finished(string reference, in GenerationEvent e)
    {
        OpenFinished(reference, e);
        return Close();
    }

    /// <summary>The request's last choice ended.</summary>
    public ReadOnlyMemory<byte> LastFinished(string reference, in GenerationEvent e, int promptTokens, int completionTokens, RequestMoves moves)
    {
        OpenFinished(reference, e);
        UsageJson.Write(_json, promptTokens, completionTokens, moves);
        return Close();
    }

    /// <summary>A frame could not be obeyed, or the request <paramref name="reference"/> failed.</summary>
    public ReadOnlyMemory<byte> Error(string? reference, ApiException error)
    {
        Open("error"u8, reference);
        _json.WriteNumber("status"u8, error.Status);
        if (error.Retryable) _json.WriteNumber("retry_after"u8, ErrorJson.Seconds(error, _retryAfter));
        ErrorJson.Write(_json, error);
        return Close();
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void OpenFinished(string reference, in GenerationEvent e)
    {
        Open("finished"u8, reference);
        _json.WriteNumber("choice"u8, e.Choice);
        _json.WriteString("reason"u8, FinishWords.ForSocket(e.Reason));
        _json.WriteString("stop_reason"u8, e.StopReason);
        _json.WriteNumber("tokens"u8, e.Index);
        _json.WriteString("text"u8, e.Text);
    }

    private void Open(ReadOnlySpan<byte> type, string? reference)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("type"u8, type);
        _json.WriteString("ref"u8, reference);
    }

    private ReadOnlyMemory<byte> Close()
    {
        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenMemory;
    }
}
