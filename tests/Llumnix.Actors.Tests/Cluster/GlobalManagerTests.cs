using Akka.Actor;
using Akka.TestKit;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Tests.Cluster;

/// <summary>What the global manager makes of orders, among probes.</summary>
public sealed class GlobalManagerTests : ActorTest
{
    private static readonly InstanceId First = new("a:1/0"), Second = new("a:1/1");

    private readonly IActorRef _manager;
    private readonly TestProbe _first;
    private readonly TestProbe _second;

    public GlobalManagerTests()
    {
        _manager = Sys.ActorOf(GlobalManagerActor.Props(
            Configuration.LoadReports, Configuration.Rebalance with { Interval = TimeSpan.FromHours(1) }, Headrooms.None, TimeProvider.System));
        _first = CreateTestProbe();
        _second = CreateTestProbe();
        _manager.Tell(new LoadProtocol.NodeReport([Report(First, _first, "m", "k"), Report(Second, _second, "m", "k")]));
    }

    [Fact]
    public void An_order_reaches_its_source_which_answers_who_gave_it()
    {
        _manager.Tell(new ManagerProtocol.MigrateSome(First, Second, new MoveLimits(3) { Kind = MoveKind.Running }), TestActor);

        var order = _first.ExpectMsg<MigrationProtocol.MigrateSome>();
        Assert.Equal(new MigrationProtocol.MigrateSome(Second, _second, new MoveLimits(3) { Kind = MoveKind.Running }), order);
        Assert.Equal(TestActor, _first.LastSender);
        _second.ExpectNoMsg(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("a:1/0", "a:1/7", "There is no instance a:1/7; there are a:1/0, a:1/1.")]
    [InlineData("a:1/7", "a:1/0", "There is no instance a:1/7; there are a:1/0, a:1/1.")]
    [InlineData("a:1/0", "a:1/0", "a:1/0 is both source and destination; name two instances.")]
    public void An_order_between_instances_that_are_not_two_is_refused(string from, string to, string sentence) => IsRefused(from, to, sentence);

    [Fact]
    public void An_order_to_an_instance_of_another_kind_is_refused()
    {
        var probe = CreateTestProbe();
        _manager.Tell(new LoadProtocol.NodeReport(
        [
            Report(new InstanceId("b:1/0"), probe, "n", "k"), Report(new InstanceId("b:1/1"), probe, "m", "l"), Report(new InstanceId("b:1/2"), probe, "m", "k", terminating: true),
        ]));

        IsRefused("a:1/0", "b:1/0", "a:1/0 serves m and b:1/0 serves n.");
        IsRefused("a:1/0", "b:1/1", "a:1/0 computes by k and b:1/1 by l, which gives other bits.");
        IsRefused("a:1/0", "b:1/2", "b:1/2 is draining and takes no requests.");
    }

    [Fact]
    public void An_instance_that_ended_gets_no_order()
    {
        _manager.Tell(new LoadProtocol.InstanceEnded(Second, 1));

        IsRefused("a:1/0", "a:1/1", "There is no instance a:1/1; there are a:1/0.");
    }

    [Fact]
    public void A_round_orders_from_the_fullest_to_the_freest_and_not_again_before_that_has_ended()
    {
        var third = CreateTestProbe();
        void Reports(long sequence, int movingOut) => _manager.Tell(new LoadProtocol.NodeReport(
            [Loaded(First, _first, used: 98, running: 4, sequence, movingOut), Loaded(Second, _second, used: 50, running: 4, sequence), Loaded(new InstanceId("a:1/2"), third, 0, 0, sequence)]));
        void Round() => _manager.Tell(GlobalManagerActor.Round.Instance);

        Reports(2, movingOut: 0);
        Round();
        var order = _first.ExpectMsg<MigrationProtocol.MigrateSome>();
        Assert.Equal((new InstanceId("a:1/2"), 1), (order.To, order.Limits.Count));
        Assert.Equal(third, order.ToActor);

        // Neither unanswered, nor begun, nor under way by the reports.
        Round();
        _manager.Tell(new MigrationProtocol.MigrateSomeAnswer(First, order.To, [new RequestId(1, 1 << 16)], "") { LastReport = 3 });
        Reports(3, movingOut: 0);
        Round();
        Reports(4, movingOut: 1);
        Round();
        Settle();
        _first.ExpectNoMsg(TimeSpan.Zero);

        Reports(5, movingOut: 0);
        Round();
        _first.ExpectMsg<MigrationProtocol.MigrateSome>();

        // Where nothing was begun, the next round may try again.
        _manager.Tell(new MigrationProtocol.MigrateSomeAnswer(First, order.To, [], "There is none."));
        Round();
        _first.ExpectMsg<MigrationProtocol.MigrateSome>();
        _second.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_round_pairs_only_instances_between_which_requests_can_move()
    {
        _manager.Tell(new LoadProtocol.NodeReport([Loaded(First, _first, used: 98, running: 4, 2), Loaded(Second, _second, used: 50, running: 4, 2)]));
        _manager.Tell(new LoadProtocol.NodeReport([Report(new InstanceId("b:1/0"), _second, "n", "k"), Report(new InstanceId("b:1/1"), _second, "m", "l")]));
        _manager.Tell(GlobalManagerActor.Round.Instance);
        Settle();
        _first.ExpectNoMsg(TimeSpan.Zero);
    }

    /// <summary>When it answers, it has handled all that it was told before.</summary>
    private void Settle()
    {
        _manager.Tell(ManagerProtocol.ListActors.Instance, TestActor);
        ExpectMsg<ManagerProtocol.InstanceActors>();
    }

    private static LoadProtocol.InstanceReport Loaded(InstanceId instance, IActorRef actor, int used, int running, long sequence, int movingOut = 0)
    {
        var report = Report(instance, actor, "m", "k");
        var load = report.Load.Load with { TotalBlocks = 100, FreeBlocks = 100 - used, Running = running };
        return report with { Load = report.Load with { Sequence = sequence, Load = load, MovingOut = movingOut } };
    }

    private static LoadProtocol.InstanceReport Report(InstanceId instance, IActorRef actor, string model, string kernels, bool terminating = false) => new(
        new LoadReport(
            instance,
            1,
            1,
            model,
            new BatchLoad
            {
                TotalBlocks = 9,
                FreeBlocks = 9,
                BlockSize = 4,
                Running = 0,
                Waiting = 0,
                MaxWaiting = 9,
                WaitingDemand = 0,
                HeadOfLineDemand = 0,
                MaxRunning = 9,
                Classes = [],
            },
            terminating),
        "a:1",
        "cpu",
        kernels,
        0,
        0,
        0,
        TimeSpan.Zero,
        actor);

    private void IsRefused(string from, string to, string sentence)
    {
        _manager.Tell(new ManagerProtocol.MigrateSome(new InstanceId(from), new InstanceId(to), new MoveLimits(1)), TestActor);

        var answer = ExpectMsg<MigrationProtocol.MigrateSomeAnswer>();
        Assert.Equal(sentence, answer.Problem);
        Assert.Empty(answer.Begun);
        _first.ExpectNoMsg(TimeSpan.Zero);
    }
}
