using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.Support;

/// <summary>
/// Lies between an instance and the gateway in both directions and drops, doubles and delays (and so reorders) what passes, by seed. When
/// cut it lets nothing through.
/// </summary>
internal sealed class LossyLink : ReceiveActor, IWithTimers
{
    private readonly Random _random;
    private readonly double _loss;
    private readonly IActorRef _dispatcher;
    private readonly List<(IActorRef Target, object Message)> _held = [];
    private readonly Dictionary<RequestId, IActorRef> _entities = [];
    private IActorRef _instance = ActorRefs.Nobody;
    private IActorRef _receiver = ActorRefs.Nobody;
    private LoadProtocol.InstanceReport? _report;
    private bool _cut;

    /// <param name="seed">Draws what happens to each message.</param>
    /// <param name="loss">How often a message is dropped, doubled or delayed, each.</param>
    /// <param name="dispatcher">Gets the instance's load reports, which are not lossy, with this link in the instance's place.</param>
    public LossyLink(int seed, double loss, IActorRef dispatcher)
    {
        _random = new Random(seed);
        _loss = loss;
        _dispatcher = dispatcher;
        Receive<LoadProtocol.InstanceReport>(report =>
        {
            if (_report is null) Context.Watch(report.InstanceActor);
            _instance = report.InstanceActor;
            _report = report with { InstanceActor = Self };
            Report();
        });
        Receive<LoadProtocol.InstanceEnded>(ended => dispatcher.Tell(ended));
        Receive<Terminated>(_ => dispatcher.Tell(new LoadProtocol.InstanceEnded(_report!.Load.Instance, _report.Load.Incarnation)));
        Receive<SignOfLife>(_ => Report());
        Receive<LastReport>(_ => Sender.Tell(_report));
        Receive<Cut>(cut => _cut = cut.Off);
        Receive<InstanceProtocol.Submit>(submit =>
        {
            _entities[submit.Request] = Sender;
            _receiver = submit.Receiver;
            Pass(_instance, submit with { Receiver = Self });
        });
        Receive<InstanceProtocol.Stop>(stop => Pass(_instance, stop));
        Receive<InstanceProtocol.Resend>(resend => Pass(_instance, resend));
        Receive<InstanceProtocol.WhoHas>(question =>
        {
            _entities[question.Request] = Sender;
            Pass(_instance, question);
        });
        Receive<TokenProtocol.AckFrame>(acknowledgements => Pass(_instance, acknowledgements));
        Receive<TokenProtocol.TokenFrame>(frame => Pass(_receiver, frame));
        Receive<InstanceProtocol.SubmitAccepted>(accepted => Answer(accepted.Request, accepted));
        Receive<InstanceProtocol.SubmitRefused>(refused => Answer(refused.Request, refused));
        Receive<InstanceProtocol.Stopped>(stopped => Answer(stopped.Request, stopped));
        Receive<InstanceProtocol.Holds>(holds => Answer(holds.Request, holds));
        Receive<InstanceProtocol.HoldsNot>(holdsNot => Answer(holdsNot.Request, holdsNot));
        Receive<InstanceProtocol.Differs>(differs => Answer(differs.Request, differs));
        Receive<InstanceProtocol.NotHere>(notHere => Answer(notHere.Request, notHere));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(SignOfLife.Instance, SignOfLife.Instance, TimeSpan.FromMilliseconds(50));

    private void Report()
    {
        if (!_cut && _report is not null && !_instance.IsNobody()) _dispatcher.Tell(new LoadProtocol.NodeReport([_report]));
    }

    private void Answer(RequestId request, object message)
    {
        if (_entities.TryGetValue(request, out var entity)) Pass(entity, message);
    }

    private void Pass(IActorRef target, object message)
    {
        if (_cut) return;

        double draw = _random.NextDouble();
        if (draw >= _loss)
        {
            // Kept back: it goes out after what comes later.
            if (draw >= 1 - _loss) _held.Add((target, message));
            else target.Tell(message);
            if (draw < 2 * _loss) target.Tell(message);
        }

        for (int i = _held.Count - 1; i >= 0; i--)
        {
            if (_random.NextDouble() < 0.7) continue;
            var (to, late) = _held[i];
            _held.RemoveAt(i);
            to.Tell(late);
        }
    }

    /// <summary>Lets nothing through from now on, or everything again.</summary>
    public sealed record Cut(bool Off);

    /// <summary>What did the instance report last? Answered by it.</summary>
    public sealed record LastReport;

    private sealed record SignOfLife
    {
        public static SignOfLife Instance { get; } = new();
    }
}
