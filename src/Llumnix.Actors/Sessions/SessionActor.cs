using System.Globalization;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Sessions;

/// <summary>
/// One client's stream: starts an entity for each choice, turns their tokens into text and events, and writes those into the client's
/// channel. Its end is the end of its entities, which watch it.
/// </summary>
/// <remarks>
/// <para>
/// A channel that is full stalls the entities: they go on taking tokens but acknowledge none, so each instance pauses the request at
/// <c>max-unacked</c>, and what waits here is bounded by that. They flow again when all of it is in the channel.
/// </para>
/// <para>
/// | state | left by | to |
/// | --- | --- | --- |
/// | streaming | all choices ended and all events written | kept (resumable), else stopped |
/// | streaming | a choice failed, or the client cancelled, and all events written | stopped |
/// | streaming | the client went away | detached (resumable), else stopped |
/// | detached, kept | a client attached: everything is replayed from its offsets | streaming |
/// | detached, kept, ending | <c>resume-window</c> | stopped |
/// </para>
/// </remarks>
internal sealed class SessionActor : ReceiveActor, IWithTimers
{
    private readonly GenerateRequest _request;
    private readonly SessionSetup _setup;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<GenerationEvent> _unwritten = [];
    private SessionChoice[] _choices = [];
    private OutputRules? _rules;
    private readonly TaskCompletionSource<bool> _takenOver;
    private ChannelWriter<GenerationEvent>? _client;
    private bool _stalled;
    private bool _over;

    public SessionActor(SessionProtocol.Open open, SessionSetup setup)
    {
        _request = open.Request;
        _client = open.Events;
        _takenOver = open.TakenOver;
        _setup = setup;
        Receive<SessionProtocol.Deliver>(deliver =>
        {
            Take(deliver);
            Settle();
        });
        Receive<SessionProtocol.Moved>(moved =>
        {
            if (_client is not null) Emit(GenerationEvent.OfMove(moved.Choice, moved.From, moved.To));
            Settle();
        });
        Receive<SessionProtocol.Travelled>(travelled => _choices[travelled.Choice].Moves = travelled.Moves);
        Receive<SessionProtocol.TakenOver>(taken =>
        {
            _choices[taken.Choice].Found = taken.Found;
            if (Array.TrueForAll(_choices, static choice => choice.Found is not null))
                _takenOver.TrySetResult(Array.TrueForAll(_choices, static choice => choice.Found == true));
        });
        Receive<SessionProtocol.Failed>(failed => Fail(failed.Error, failed.Sentence, failed.RetryAfter));
        Receive<RequestProtocol.Started>(started =>
        {
            _choices[started.Choice].Entity = Sender;
            Context.Watch(Sender);
            if (_stalled) Sender.Tell(RequestProtocol.Stalled.Instance);
        });
        Receive<Terminated>(LoseEntity);
        Receive<RoomForMore>(room => Refill(room.Client));
        Receive<SessionProtocol.Attach>(Attach);
        Receive<SessionProtocol.Detach>(Detach);
        Receive<SessionProtocol.Cancel>(Cancel);
        Receive<SessionProtocol.Close>(close => Fail(GenerationError.Unavailable, close.Sentence));
        Receive<WindowOver>(_ => Context.Stop(Self));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(SessionProtocol.Open open, SessionSetup setup) => Akka.Actor.Props.Create(() => new SessionActor(open, setup));

    protected override void PreStart()
    {
        if (Validate() is { } wrong)
        {
            Fail(_setup.Models.ContainsKey(_request.Model) ? GenerationError.Invalid : GenerationError.UnknownModel, wrong);
            return;
        }

        _choices = new SessionChoice[_request.Choices];
        Rewind(_request.Offsets);
        long arrival = _setup.Time.GetUtcNow().UtcTicks;
        for (int i = 0; i < _choices.Length; i++)
        {
            var sampling = _request.Sampling with { Seed = _request.Sampling.Seed + (ulong)i };
            var start = new RequestProtocol.Start(
                _request.Model, _request.Prompt, sampling, _request.Priority, arrival, _request.Choices, Self, _request.TakeOver ? _choices[i].Offset : null);
            _setup.Requests.Tell(new RequestProtocol.ToEntity(_request.Id.Choice(i), _setup.NodeUid, start));
        }
    }

    protected override void PostStop()
    {
        _takenOver.TrySetResult(false);
        // A client must not wait for what nobody will send: this does nothing where the stream was completed.
        _client?.TryWrite(GenerationEvent.OfFailure(GenerationError.Internal, "The session stopped before its output was complete."));
        _client?.TryComplete();
    }

    private string? Validate()
    {
        if (!_setup.Models.TryGetValue(_request.Model, out _rules))
        {
            string served = string.Join(", ", _setup.Models.Keys.Order(StringComparer.Ordinal));
            return $"The model {_request.Model} is not served here; served: {served}.";
        }

        if (_request.Choices < 1 || _request.Choices > _setup.MaxChoices)
            return string.Create(CultureInfo.InvariantCulture, $"n is {_request.Choices}, but must be from 1 to {_setup.MaxChoices}.");
        return _rules.Validate(_request.Prompt) ?? _request.Sampling.Validate(_rules.VocabularySize);
    }

    private void Rewind(IReadOnlyList<int>? offsets)
    {
        for (int i = 0; i < _choices.Length; i++)
        {
            var entity = _choices[i]?.Entity ?? ActorRefs.Nobody;
            _choices[i] = new SessionChoice(i)
            {
                Entity = entity,
                Text = new OutputText(_request.Sampling, _rules!),
                Moves = _choices[i]?.Moves ?? RequestMoves.None,
                Found = _choices[i]?.Found,
                Offset = offsets is not null && i < offsets.Count ? offsets[i] : 0,
            };
        }
    }

    private void Take(SessionProtocol.Deliver deliver)
    {
        // Without a client the entities keep the tokens; they come again with a replay, before which there is nothing after a gap.
        var choice = _choices[deliver.Choice];
        if (_client is null || choice.Ended || deliver.FirstIndex > choice.Next) return;

        var tokens = deliver.Tokens.Span;
        for (int i = choice.Next - deliver.FirstIndex; i < tokens.Length; i++)
        {
            bool last = i == tokens.Length - 1;
            string text = choice.Text.Append(tokens[i], last ? deliver.Finish : FinishReason.None);
            if (choice.Next >= choice.Offset)
            {
                TokenLogprobs? logprobs = deliver.Logprobs.IsEmpty ? null : deliver.Logprobs.Span[i];
                Emit(GenerationEvent.OfToken(choice.Index, choice.Next, tokens[i], text, logprobs));
            }

            choice.Next++;
        }

        if (deliver.Finish == FinishReason.None) return;

        string? stop = deliver.Finish == FinishReason.Stop && !tokens.IsEmpty ? StopReason(choice, tokens[^1]) : null;
        string rest = tokens.IsEmpty ? choice.Text.Finish() : "";
        End(choice, rest, deliver.Finish, stop);
    }

    /// <summary>What of the request's own ended the output: its stop token or string; null where the model's end token did.</summary>
    private string? StopReason(SessionChoice choice, int lastToken) =>
        choice.Text.StopString
        ?? (_request.Sampling.StopTokenIds.Contains(lastToken) ? lastToken.ToString(CultureInfo.InvariantCulture) : null);

    private void End(SessionChoice choice, string rest, FinishReason reason, string? stop)
    {
        choice.Ended = true;
        Emit(GenerationEvent.OfFinish(choice.Index, choice.Next, rest, reason, stop, choice.Moves));
    }

    private void Emit(in GenerationEvent happened)
    {
        if (_unwritten.Count > 0 || !_client!.TryWrite(happened)) _unwritten.Enqueue(happened);
    }

    /// <summary>After something was emitted: waits for room where the channel is full, and ends the stream where all is said.</summary>
    private void Settle()
    {
        if (_client is null) return;
        if (_unwritten.Count > 0)
        {
            Stall();
            return;
        }

        if (_stalled)
        {
            _stalled = false;
            TellEntities(RequestProtocol.Flowing.Instance);
        }

        if (!_over && !Array.TrueForAll(_choices, static choice => choice.Ended)) return;

        _client.TryComplete();
        _client = null;
        if (_over || !_request.Resumable) Context.Stop(Self);
        else StartWindow();
    }

    private void Stall()
    {
        if (_stalled) return;

        _stalled = true;
        TellEntities(RequestProtocol.Stalled.Instance);
        AwaitRoom();
    }

    private void AwaitRoom()
    {
        var client = _client!;
        client.WaitToWriteAsync().AsTask().PipeTo(Self, success: _ => new RoomForMore(client), failure: _ => new RoomForMore(client));
    }

    private void Refill(ChannelWriter<GenerationEvent> client)
    {
        if (client != _client) return;

        while (_unwritten.TryPeek(out var next) && client.TryWrite(next)) _unwritten.Dequeue();
        if (_unwritten.Count > 0) AwaitRoom();
        else Settle();
    }

    private void Fail(GenerationError error, string sentence, TimeSpan? retryAfter = null)
    {
        if (_over) return;

        _over = true;
        _takenOver.TrySetResult(false);
        if (_client is null)
        {
            Context.Stop(Self);
            return;
        }

        // What the client has not read yet is of no use without its end: the failure is told at once where there is room.
        _unwritten.Clear();
        Emit(GenerationEvent.OfFailure(error, sentence, retryAfter));
        StartWindow();
        Settle();
    }

    private void Cancel(SessionProtocol.Cancel cancel)
    {
        if (cancel.Answer) Sender.Tell(SessionProtocol.Cancelled.Instance);
        if (_over) return;

        _over = true;
        _takenOver.TrySetResult(false);
        TellEntities(RequestProtocol.Cancel.Instance);
        if (_client is null)
        {
            Context.Stop(Self);
            return;
        }

        foreach (var choice in _choices)
        {
            if (!choice.Ended) End(choice, choice.Text.Finish(), FinishReason.Cancelled, stop: null);
        }

        // A client that cancelled may never read on.
        StartWindow();
        Settle();
    }

    private void Attach(SessionProtocol.Attach attach)
    {
        if (_over)
        {
            Sender.Tell(SessionProtocol.Unknown.Instance);
            return;
        }

        _client?.TryComplete();
        _client = attach.Events;
        _unwritten.Clear();
        Timers.Cancel(WindowOver.Instance);
        Rewind(attach.Offsets);
        if (_stalled)
        {
            _stalled = false;
            TellEntities(RequestProtocol.Flowing.Instance);
        }

        TellEntities(RequestProtocol.Replay.Instance);
        Sender.Tell(new SessionProtocol.Attached(_request with { Offsets = [.. attach.Offsets] }));
    }

    private void Detach(SessionProtocol.Detach detach)
    {
        if (detach.Events != _client) return;

        _client.TryComplete();
        _client = null;
        if (_over || !_request.Resumable)
        {
            Context.Stop(Self);
            return;
        }

        _unwritten.Clear();
        if (_stalled)
        {
            _stalled = false;
            TellEntities(RequestProtocol.Flowing.Instance);
        }

        StartWindow();
    }

    private void LoseEntity(Terminated terminated)
    {
        var choice = Array.Find(_choices, choice => choice.Entity.Equals(terminated.ActorRef));
        if (choice is null || _over) return;

        _log.Error("The entity of request {0} stopped while its session needed it.", _request.Id.Choice(choice.Index));
        Fail(GenerationError.Internal, "The request was lost by a fault of the gateway.");
    }

    private void StartWindow() => Timers.StartSingleTimer(WindowOver.Instance, WindowOver.Instance, _setup.Delivery.ResumeWindow);

    private void TellEntities(object message)
    {
        foreach (var choice in _choices) choice.Entity.Tell(message);
    }

    private sealed record RoomForMore(ChannelWriter<GenerationEvent> Client);

    private sealed record WindowOver
    {
        public static WindowOver Instance { get; } = new();
    }
}
