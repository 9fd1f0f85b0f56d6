using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Sessions;

/// <summary>The sessions of a gateway's node, by id: starts them, finds them for who resumes or cancels, and ends them with the node.</summary>
internal sealed class SessionsActor : ReceiveActor
{
    private readonly SessionSetup _setup;
    private readonly Dictionary<RequestId, IActorRef> _sessions = [];
    private readonly Dictionary<IActorRef, RequestId> _ids = [];
    private readonly List<IActorRef> _awaitingClose = [];
    private string? _closing;

    public SessionsActor(SessionSetup setup)
    {
        _setup = setup;
        Receive<SessionProtocol.Open>(Open);
        Receive<SessionProtocol.Attach>(attach => Forward(attach.Session, attach, answer: true));
        Receive<SessionProtocol.Cancel>(cancel => Forward(cancel.Session, cancel, cancel.Answer));
        Receive<SessionProtocol.Detach>(detach => Forward(detach.Session, detach, answer: false));
        Receive<SessionProtocol.Close>(Close);
        Receive<AuditProtocol.CountSessions>(_ => Sender.Tell(new AuditProtocol.Sessions(_sessions.Count)));
        Receive<Terminated>(terminated =>
        {
            if (_ids.Remove(terminated.ActorRef, out var id)) _sessions.Remove(id);
            TellIfClosed();
        });
    }

    public static Props Props(SessionSetup setup) => Akka.Actor.Props.Create(() => new SessionsActor(setup));

    /// <summary>A session that throws ends, and so do its requests; its client is told.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Open(SessionProtocol.Open open)
    {
        var id = open.Request.Id.Session;
        if (_closing is not null)
        {
            Refuse(open, GenerationError.Unavailable, _closing);
        }
        else if (_sessions.ContainsKey(id))
        {
            Refuse(open, GenerationError.Invalid, $"The request {id} is open here already; resume it instead.");
        }
        else
        {
            var session = Context.ActorOf(SessionActor.Props(open, _setup));
            _sessions.Add(id, session);
            _ids.Add(session, id);
            Context.Watch(session);
        }
    }

    private static void Refuse(SessionProtocol.Open open, GenerationError error, string sentence)
    {
        open.TakenOver.TrySetResult(false);
        open.Events.TryWrite(GenerationEvent.OfFailure(error, sentence));
        open.Events.TryComplete();
    }

    private void Forward(RequestId id, object message, bool answer)
    {
        if (_sessions.TryGetValue(id.Session, out var session)) session.Forward(message);
        else if (answer) Sender.Tell(SessionProtocol.Unknown.Instance);
    }

    private void Close(SessionProtocol.Close close)
    {
        _closing = close.Sentence;
        _awaitingClose.Add(Sender);
        foreach (var session in _sessions.Values) session.Tell(close);
        TellIfClosed();
    }

    private void TellIfClosed()
    {
        if (_closing is null || _sessions.Count > 0) return;

        foreach (var asker in _awaitingClose) asker.Tell(SessionProtocol.Closed.Instance);
        _awaitingClose.Clear();
    }
}
