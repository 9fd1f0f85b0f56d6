using Akka.Actor;
using Akka.TestKit;
using Llumnix.Actors.Instances;
using Llumnix.Actors.KvStreams;
using Llumnix.Actors.Migration;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Tests.Support;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Tests.Instances;

/// <summary>What an instance answers to whom, message by message.</summary>
public sealed class InstanceActorTests : ActorTest
{
    private static readonly RequestId Id = new(5, 1 << 16);
    private static readonly InstanceId Name = new("here/0");
    private static readonly int[] Prompt = [4, 5, 6];

    private readonly ScriptedExecutor _executor = new(100);
    private readonly KvTransport _transport;
    private readonly TestProbe _reports;
    private readonly TestProbe _receiver;
    private readonly IActorRef _instance;

    public InstanceActorTests()
        : base("llumnix.delivery.max-unacked=1000")
    {
        _transport = KvTransport.StartAsync(Sys, Configuration.Migration.Streams, "127.0.0.1", 0, TimeProvider.System).GetAwaiter().GetResult();
        _reports = CreateTestProbe();
        _receiver = CreateTestProbe();
        var rules = new OutputRules(ScriptedExecutor.Vocabulary, ScriptedExecutor.Context, [LetterTokenizer.End], new LetterTokenizer());
        var setup = new InstanceSetup(
            Name,
            77,
            "scripted",
            rules,
            new PromptHasher("scripted", "scripted", 4, share: true),
            new BatchSchedulerOptions { BlockCount = 100, BlockSize = 4, MaxContext = ScriptedExecutor.Context },
            "here",
            "cpu",
            "scripted",
            Configuration.Engine.StepDeadline,
            Configuration.Delivery,
            Configuration.LoadReports,
            new MigrationSetup(Configuration.Migration, _transport, "here"),
            TimeProvider.System);
        _instance = Sys.ActorOf(InstanceActor.Props(setup, _executor, _reports));
    }

    [Fact]
    public void A_submit_that_comes_twice_is_accepted_twice_and_run_once()
    {
        var submit = Submit(placement: 1);
        _instance.Tell(submit, TestActor);
        _instance.Tell(submit, TestActor);

        ExpectMsg(new InstanceProtocol.SubmitAccepted(Id, submit.Epoch, Name));
        ExpectMsg(new InstanceProtocol.SubmitAccepted(Id, submit.Epoch, Name));
        Assert.Equal(Enumerable.Range(0, 8), ReadFrames(submit.Epoch).Indices);
        Assert.Equal(8, _executor.Steps);
    }

    [Fact]
    public void A_submit_that_comes_after_the_end_is_accepted_and_answered_with_what_is_not_acknowledged()
    {
        var submit = Submit(placement: 1);
        _instance.Tell(submit, TestActor);
        ExpectMsg<InstanceProtocol.SubmitAccepted>();
        int[] tokens = ReadFrames(submit.Epoch).Tokens;
        _instance.Tell(new TokenProtocol.AckFrame([new TokenProtocol.AckEntry(Id, submit.Epoch, 3, Ended: false)]), TestActor);

        _instance.Tell(submit, TestActor);

        ExpectMsg<InstanceProtocol.SubmitAccepted>();
        var again = _receiver.ExpectMsg<TokenProtocol.TokenFrame>();
        Assert.Equal((3, 5, FinishReason.Length), (again.Entries[0].FirstIndex, again.Entries[0].Count, again.Entries[0].Finish));
        Assert.Equal(tokens[3..], again.Tokens);
        Assert.Equal(8, _executor.Steps);
    }

    [Fact]
    public void An_older_epoch_is_refused_and_a_newer_one_takes_the_place()
    {
        _executor.Hold();
        _instance.Tell(Submit(placement: 2), TestActor);
        ExpectMsg<InstanceProtocol.SubmitAccepted>();

        _instance.Tell(Submit(placement: 1), TestActor);
        ExpectMsg(new InstanceProtocol.NotHere(Id, new Epoch(1, 1), Name));
        var newer = Submit(placement: 3);
        _instance.Tell(newer, TestActor);
        _executor.Release();

        Assert.Equal(newer.Epoch, ExpectMsg<InstanceProtocol.SubmitAccepted>().Epoch);
        Assert.Equal(Enumerable.Range(0, 8), ReadFrames(newer.Epoch).Indices);
    }

    [Fact]
    public void A_placement_that_comes_back_during_its_own_step_is_not_given_that_steps_token()
    {
        var first = Submit(placement: 1);
        _executor.Hold();
        _instance.Tell(first, TestActor);
        ExpectMsg<InstanceProtocol.SubmitAccepted>();
        AwaitCondition(() => _executor.Steps == 1);
        _instance.Tell(new InstanceProtocol.Stop(Id, first.Epoch), TestActor);
        ExpectMsg(new InstanceProtocol.Stopped(Id, first.Epoch, Name));

        // It goes on elsewhere for two tokens and is placed here again, all in one long step.
        var back = Submit(placement: 3) with { Generated = [9, 9] };
        _instance.Tell(back, TestActor);
        _executor.Release();

        ExpectMsg(new InstanceProtocol.SubmitAccepted(Id, back.Epoch, Name));
        var (indices, tokens) = ReadFrames(back.Epoch);
        Assert.Equal(Enumerable.Range(2, 6), indices);
        var alone = LocalCluster.Continued(Prompt, [9, 9], back.Sampling);
        Assert.Equal(alone, tokens);
    }

    [Fact]
    public void A_submit_that_a_stop_overtook_is_not_run()
    {
        _instance.Tell(new InstanceProtocol.Stop(Id, new Epoch(1, 1)), TestActor);
        ExpectMsg<InstanceProtocol.Stopped>();

        _instance.Tell(Submit(placement: 1), TestActor);

        ExpectMsg(new InstanceProtocol.NotHere(Id, new Epoch(1, 1), Name));
        Assert.Equal(0, _executor.Steps);
    }

    [Fact]
    public void What_it_does_not_have_it_says()
    {
        _instance.Tell(new InstanceProtocol.Resend(Id, new Epoch(1, 4), 0), TestActor);

        ExpectMsg(new InstanceProtocol.NotHere(Id, new Epoch(1, 4), Name));
    }

    [Fact]
    public void A_terminating_instance_takes_nothing_and_its_report_says_so()
    {
        _instance.Tell(InstanceProtocol.Terminate.Instance, TestActor);
        _instance.Tell(Submit(placement: 1), TestActor);

        Assert.Equal(SubmitRefusal.Terminating, ExpectMsg<InstanceProtocol.SubmitRefused>().Reason);
        _reports.FishForMessage<LoadProtocol.InstanceReport>(report => report.Load.Terminating);
    }

    [Fact]
    public void A_prompt_or_parameters_that_do_not_fit_are_refused_and_harm_nobody()
    {
        _instance.Tell(Submit(placement: 1) with { Prompt = [ScriptedExecutor.Vocabulary] }, TestActor);
        Assert.Equal(SubmitRefusal.Unservable, ExpectMsg<InstanceProtocol.SubmitRefused>().Reason);
        _instance.Tell(Submit(placement: 1) with { Sampling = new SamplingParameters { TopP = 7 } }, TestActor);
        Assert.Contains("top_p", ExpectMsg<InstanceProtocol.SubmitRefused>().Sentence, StringComparison.Ordinal);

        _instance.Tell(Submit(placement: 1), TestActor);
        ExpectMsg<InstanceProtocol.SubmitAccepted>();
    }

    [Fact]
    public void A_request_that_is_to_leave_does_so_though_another_comes_back_in_the_same_step()
    {
        var destination = CreateTestProbe();
        var moving = Submit(placement: 1) with { Sampling = new SamplingParameters { Temperature = 0, MaxTokens = 100 } };
        var other = moving with { Request = new RequestId(6, 1 << 16) };
        _executor.Hold();
        _instance.Tell(moving, TestActor);
        ExpectMsg<InstanceProtocol.SubmitAccepted>();
        _instance.Tell(other, TestActor);
        ExpectMsg<InstanceProtocol.SubmitAccepted>();
        _executor.Gate.Pass();
        AwaitCondition(() => _executor.Steps == 2);
        _instance.Tell(new MigrationProtocol.Migrate(Id, new InstanceId("there/0"), destination), TestActor);
        FishForMessage<MigrationProtocol.MigrateAnswer>(answer => answer.Problem.Length == 0);
        _instance.Tell(new MigrationProtocol.MoveGranted(Id, new InstanceId("there/0"), new Epoch(1, 2)), TestActor);
        var wanted = destination.ExpectMsg<MigrationProtocol.ReserveBlocks>();
        _instance.Tell(new MigrationProtocol.BlocksReserved(wanted.Migration, wanted.Blocks, 1, _transport.Endpoint.Process, "", 0), destination);

        _instance.Tell(new InstanceProtocol.Stop(other.Request, other.Epoch), TestActor);
        FishForMessage<InstanceProtocol.Stopped>(_ => true);
        _instance.Tell(other with { Epoch = new Epoch(1, 2) }, TestActor);
        _executor.Gate.Pass();

        Assert.Equal(Id, destination.FishForMessage<MigrationProtocol.Commit>(_ => true).State.Request);
    }

    [Fact]
    public void Its_reports_name_the_newest_ticket_that_came_of_each_dispatcher()
    {
        _instance.Tell(Submit(placement: 1) with { Ticket = new DispatchTicket(3, 12) }, TestActor);

        var report = _reports.FishForMessage<LoadProtocol.InstanceReport>(report => report.Load.Tickets.Length > 0);
        Assert.Equal([new DispatchTicket(3, 12)], report.Load.Tickets);
    }

    protected override void AfterAll()
    {
        _executor.Release();
        _transport.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.AfterAll();
    }

    private InstanceProtocol.Submit Submit(int placement) => new(
        Id, new Epoch(1, placement), Prompt, [], new SamplingParameters { Temperature = 0, MaxTokens = 8 }, Priority.Normal, 1, default, _receiver);

    /// <summary>All that comes of one epoch until its end.</summary>
    private (int[] Indices, int[] Tokens) ReadFrames(Epoch epoch)
    {
        var indices = new List<int>();
        var tokens = new List<int>();
        while (true)
        {
            var frame = _receiver.ExpectMsg<TokenProtocol.TokenFrame>(TimeSpan.FromSeconds(30));
            Assert.Equal((Name, 77), (frame.Instance, frame.Incarnation));
            // A placement that goes on in a newer epoch may have left a token in the older one.
            var entry = frame.Entries.SingleOrDefault(entry => entry.Epoch == epoch);
            if (entry.Epoch != epoch) continue;
            indices.AddRange(Enumerable.Range(entry.FirstIndex, entry.Count));
            tokens.AddRange(frame.Tokens[entry.Offset..(entry.Offset + entry.Count)]);
            if (entry.Finish != FinishReason.None) return ([.. indices], [.. tokens]);
        }
    }
}
