using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Load;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Tests.Load;

/// <summary>When a node reports, and what. Its clock stands, so that every change comes within one report interval.</summary>
public sealed class NodeReporterTests() : TestKit(
    ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.port = 0").WithFallback(LlumnixConfiguration.Load().Akka))
{
    private const int Changes = 50;

    private TestProbe StartWith(out IActorRef reporter, params string[] sets)
    {
        var manager = CreateTestProbe();
        reporter = Sys.ActorOf(NodeReporterActor.Props(LlumnixConfiguration.Load(sets: sets).LoadReports, new ManualTime(), manager));
        return manager;
    }

    private static LoadProtocol.InstanceReport Report(string instance, int sequence, IActorRef actor) => new(
        new LoadReport(
            new InstanceId(instance),
            1,
            sequence,
            "m",
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
                Classes = [],
            },
            Terminating: false),
        "a:1",
        "cpu",
        "k",
        0,
        0,
        0,
        TimeSpan.Zero,
        actor);

    [Fact]
    public void Changes_within_one_interval_are_one_message_for_all_instances_of_the_node()
    {
        var manager = StartWith(out var reporter, "llumnix.load.report-interval=300ms", "llumnix.load.heartbeat-interval=4m", "llumnix.load.suspect-after=9m");
        IActorRef[] actors = [CreateTestProbe(), CreateTestProbe()];

        for (int i = 1; i <= Changes; i++)
        {
            reporter.Tell(Report("a:1/0", i, actors[0]));
            reporter.Tell(Report("a:1/1", i, actors[1]));
        }

        var sent = manager.ExpectMsg<LoadProtocol.NodeReport>(TimeSpan.FromSeconds(30));
        Assert.Equal([("a:1/0", Changes), ("a:1/1", Changes)], sent.Instances.Select(one => (one.Load.Instance.Name, (int)one.Load.Sequence)));
    }

    [Fact]
    public void Without_a_change_the_last_report_is_repeated_as_a_sign_of_life()
    {
        var manager = StartWith(out var reporter, "llumnix.load.report-interval=1ms", "llumnix.load.heartbeat-interval=5ms");
        reporter.Tell(Report("a:1/0", 7, CreateTestProbe()));

        for (int i = 0; i < 5; i++)
            Assert.Equal(7, Assert.Single(manager.ExpectMsg<LoadProtocol.NodeReport>(TimeSpan.FromSeconds(30)).Instances).Load.Sequence);
    }

    [Fact]
    public void An_instance_that_ends_is_told_of_at_once_and_reported_no_more()
    {
        var manager = StartWith(out var reporter, "llumnix.load.report-interval=1ms", "llumnix.load.heartbeat-interval=5ms");
        var actor = CreateTestProbe();
        reporter.Tell(Report("a:1/0", 1, actor));
        reporter.Tell(Report("a:1/1", 1, CreateTestProbe()));
        manager.FishForMessage<LoadProtocol.NodeReport>(report => report.Instances.Length == 2, TimeSpan.FromSeconds(30));

        Sys.Stop(actor);

        var ended = (LoadProtocol.InstanceEnded)manager.FishForMessage(message => message is LoadProtocol.InstanceEnded, TimeSpan.FromSeconds(30));
        Assert.Equal(new LoadProtocol.InstanceEnded(new InstanceId("a:1/0"), 1), ended);
        Assert.Equal("a:1/1", Assert.Single(manager.ExpectMsg<LoadProtocol.NodeReport>(TimeSpan.FromSeconds(30)).Instances).Load.Instance.Name);
    }
}
