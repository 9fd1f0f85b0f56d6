using Akka.Actor;
using Akka.TestKit;
using Llumnix.Actors.Delivery;
using Llumnix.Actors.Metrics;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Tests.Delivery;

public sealed class TokenReceiverTests : ActorTest
{
    private static readonly InstanceId Name = new("there/0");
    private static readonly RequestId One = new(1, 1 << 16);
    private static readonly RequestId Two = new(1, 2 << 16);
    private static readonly Epoch First = Epoch.First;

    private readonly NodeMetrics _metrics = new(Headrooms.None);
    private readonly IActorRef _receiver;
    private readonly TestProbe _instance;
    private readonly TestProbe _one;
    private readonly TestProbe _two;

    public TokenReceiverTests()
        : base("llumnix.delivery.ack-interval=40ms", "llumnix.delivery.resend-after=200ms", "llumnix.delivery.orphan-after=4s")
    {
        _receiver = Sys.ActorOf(TokenReceiverActor.Props(Configuration.Delivery, TimeProvider.System, _metrics));
        _instance = CreateTestProbe();
        _one = CreateTestProbe();
        _two = CreateTestProbe();
        foreach (var (request, entity) in new[] { (One, _one), (Two, _two) })
        {
            _receiver.Tell(new DeliveryProtocol.Register(request, "m"), entity);
            _receiver.Tell(new DeliveryProtocol.Follow(request, First, _instance, 0), entity);
        }
    }

    [Fact]
    public void Each_entity_gets_its_share_of_a_frame()
    {
        _receiver.Tell(Frame(One, Two), _instance);

        Assert.Equal(0, _one.ExpectMsg<RequestProtocol.Tokens>().Entry);
        Assert.Equal(1, _two.ExpectMsg<RequestProtocol.Tokens>().Entry);
    }

    [Fact]
    public void An_instance_that_runs_what_nobody_here_follows_is_told_to_stop()
    {
        var stranger = new RequestId(9, 9 << 16);
        _receiver.Tell(Frame(stranger), _instance);

        Assert.Equal(new InstanceProtocol.Stop(stranger, First), _instance.FishForMessage<InstanceProtocol.Stop>(_ => true));
    }

    [Fact]
    public void Acknowledgements_of_one_instance_travel_together_and_only_the_last_of_each_request()
    {
        for (int i = 1; i <= 5; i++) _receiver.Tell(new DeliveryProtocol.Acknowledge(One, First, i, false), _one);
        _receiver.Tell(new DeliveryProtocol.Acknowledge(Two, First, 9, true), _two);
        _receiver.Tell(new DeliveryProtocol.Unfollow(Two), _two);

        var frame = _instance.ExpectMsg<TokenProtocol.AckFrame>();

        Assert.Equal([new(One, First, 5, false), new(Two, First, 9, true)], frame.Entries);
    }

    [Fact]
    public void An_acknowledgement_of_another_epoch_is_not_passed_on()
    {
        _receiver.Tell(new DeliveryProtocol.Acknowledge(One, First.NextPlacement(), 7, false), _one);
        _receiver.Tell(new DeliveryProtocol.Acknowledge(Two, First, 1, false), _two);

        Assert.Equal([new(Two, First, 1, false)], _instance.ExpectMsg<TokenProtocol.AckFrame>().Entries);
    }

    [Fact]
    public void Life_is_shown_without_progress()
    {
        var frame = _instance.ExpectMsg<TokenProtocol.AckFrame>();

        Assert.Equal([new(One, First, 0, false), new(Two, First, 0, false)], frame.Entries);
    }

    [Fact]
    public void Silence_is_told_to_the_entity_and_not_where_the_end_is_known()
    {
        _receiver.Tell(new DeliveryProtocol.Acknowledge(Two, First, 9, true), _two);

        _one.ExpectMsg<RequestProtocol.Silent>();
        _one.ExpectMsg<RequestProtocol.Silent>();

        Assert.False(_two.HasMessages);
    }

    [Fact]
    public void A_lost_instance_is_told_to_every_entity_placed_or_not()
    {
        var waiting = CreateTestProbe();
        _receiver.Tell(new DeliveryProtocol.Register(new RequestId(7, 7 << 16), "m"), waiting);
        var lost = new RequestProtocol.InstanceLost(Name, Dead: true);

        _receiver.Tell(lost);

        foreach (var entity in new[] { _one, _two, waiting }) Assert.Equal(lost, entity.FishForMessage<RequestProtocol.InstanceLost>(_ => true));
    }

    private static TokenProtocol.TokenFrame Frame(params RequestId[] requests) => new(
        Name,
        1,
        [.. requests.Select((request, i) => new TokenProtocol.TokenEntry(request, First, 0, i, 1, FinishReason.None))],
        [.. requests.Select((_, i) => i)],
        null);
}
