using Akka.Actor;
using Akka.TestKit;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Launching;
using Llumnix.Actors.Load;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Tests.Support;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Scaling;

namespace Llumnix.Actors.Tests.Launching;

/// <summary>How the manager's scaling treats a launcher that fails, is slow or leaves halves behind; the test is the manager and moves the clock.</summary>
public sealed class ScalingActorTests : ActorTest
{
    private static readonly InstanceId First = new("a:1/0"), Second = new("b:2/0");

    private readonly FakeLauncher _launcher = new();
    private readonly ManualTime _time = new();
    private readonly TestProbe _first;
    private readonly TestProbe _second;
    private readonly IActorRef _scaling;

    public ScalingActorTests()
    {
        // Rounds come when the test says so. Two instances are wanted whatever the load.
        var configuration = LlumnixConfiguration.Load(sets:
        [
            "llumnix.scaling.launcher=in-process", "llumnix.scaling.interval=1h", "llumnix.scaling.listen-first=5s", "llumnix.scaling.start-timeout=60s",
            "llumnix.scaling.retry-after=2s", "llumnix.scaling.retry-after-most=5s", "llumnix.scaling.min-instances=2", "llumnix.scaling.max-instances=2",
        ]);
        _first = CreateTestProbe();
        _second = CreateTestProbe();
        _scaling = ActorOfAsTestActorRef<ScalingActor>(
            ScalingActor.Props(new ScalingSetup(configuration.Scaling, configuration.Models, () => _launcher, _time)), TestActor, "scaling");
    }

    [Fact]
    public async Task A_new_manager_listens_before_it_decides()
    {
        Round(Known(First, _first));
        Assert.Equal(0, (await StatusAsync()).Wanted);

        _time.Advance(TimeSpan.FromSeconds(5));
        Round(Known(First, _first));
        await StartedAsync(1);
        Assert.Equal((1, 2), ((await StatusAsync()).Instances, (await StatusAsync()).Wanted));
    }

    [Fact]
    public async Task A_launcher_that_fails_is_told_of_left_alone_ever_longer_and_asked_again()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        int starts = 0;
        foreach (int wait in (int[])[2, 4, 5, 5])
        {
            Round(Known(First, _first));
            (await StartedAsync(++starts)).End.SetException(new LaunchException("There is no room."));
            var status = await UntilAsync(status => status.Failures == starts);
            Assert.Equal(("start", "There is no room."), (status.Failure!.What, status.Failure.Reason));
            Assert.Equal(_time.GetUtcNow() + TimeSpan.FromSeconds(wait), status.RetryAt!.Value, TimeSpan.FromMilliseconds(100));

            _time.Advance(TimeSpan.FromSeconds(wait) - TimeSpan.FromMilliseconds(1));
            Round(Known(First, _first));
            Assert.Empty((await StatusAsync()).Starting);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Round(Known(First, _first));
        (await StartedAsync(++starts)).End.SetResult(LaunchPlace.OfNode("b:2"));
        Assert.Equal(["b:2"], (await UntilAsync(status => status.Starting is ["b:2"])).Starting);
        Round(Known(First, _first), Known(Second, _second));
        var done = await StatusAsync();
        Assert.Equal((2, 0, null), (done.Instances, done.Failures, done.RetryAt));
        Assert.Empty(done.Starting);
    }

    [Fact]
    public async Task A_start_that_takes_too_long_is_cancelled()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        Round(Known(First, _first));
        var start = await StartedAsync(1);

        _time.Advance(TimeSpan.FromSeconds(60));
        Round(Known(First, _first));

        await Eventually.IsAsync(() => Task.FromResult(start.Cancellation.IsCancellationRequested));
        Assert.Equal("the launcher did not start an instance within 60 s.", (await StatusAsync()).Failure!.Reason);
        Assert.Empty(_launcher.GivenUp);
    }

    [Fact]
    public async Task A_start_that_never_reports_is_cleaned_up()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        Round(Known(First, _first));
        (await StartedAsync(1)).End.SetResult(LaunchPlace.OfNode("b:2"));
        await UntilAsync(status => status.Starting is ["b:2"]);

        _time.Advance(TimeSpan.FromSeconds(60));
        Round(Known(First, _first));

        await Eventually.IsAsync(() => Task.FromResult(_launcher.GivenUp.Contains(LaunchPlace.OfNode("b:2"))));
        Assert.Equal("what was started at b:2 did not report within 60 s.", (await StatusAsync()).Failure!.Reason);
    }

    [Fact]
    public async Task An_instance_too_many_is_drained_to_the_others_and_ended_when_it_is_settled_and_not_before()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        var third = CreateTestProbe();
        InstanceId last = new("c:3/0");
        Round(Known(First, _first), Known(Second, _second), Known(last, third));
        var order = third.ExpectMsg<MigrationProtocol.Drain>();
        Assert.Equal((true, true), (order.On, order.ToEnd));
        Assert.Equal([First, Second], order.To);

        Round(Known(First, _first), Known(Second, _second), Known(last, third, terminating: true));
        third.ExpectMsg<MigrationProtocol.AskDrained>();
        third.Send(_scaling, new MigrationProtocol.DrainAnswer(last, 1, ToEnd: true, Settled: false));
        Round(Known(First, _first), Known(Second, _second, suspected: true), Known(last, third, terminating: true));
        third.ExpectMsg<MigrationProtocol.AskDrained>();
        Assert.Equal([First], third.ExpectMsg<MigrationProtocol.Drain>().To);
        Assert.Equal([last], (await StatusAsync()).Draining);
        Assert.Empty(_launcher.Ended);

        third.Send(_scaling, new MigrationProtocol.DrainAnswer(last, 0, ToEnd: true, Settled: true));
        Round(Known(First, _first), Known(Second, _second), Known(last, third, terminating: true));
        await Eventually.IsAsync(() => Task.FromResult(_launcher.Ended.Contains(last)));
    }

    [Fact]
    public async Task An_end_that_fails_is_told_of_and_tried_again()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        _launcher.EndProblem = new LaunchException("The server is busy.");
        var third = CreateTestProbe();
        InstanceId last = new("c:3/0");
        KnownInstance[] known = [Known(First, _first), Known(Second, _second), Known(last, third, terminating: true)];
        third.Send(_scaling, new MigrationProtocol.DrainAnswer(last, 0, ToEnd: true, Settled: true));

        Round(known);
        Assert.Equal(("end", "The server is busy."), ((await UntilAsync(status => status.Failures == 1)).Failure!.What, (await StatusAsync()).Failure!.Reason));
        _time.Advance(TimeSpan.FromSeconds(2));
        Round(known);

        await Eventually.IsAsync(() => Task.FromResult(_launcher.Ended.Count == 2));
    }

    [Fact]
    public async Task With_the_manager_its_launcher_ends_and_what_it_is_at_is_cancelled()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        Round(Known(First, _first));
        var start = await StartedAsync(1);

        Sys.Stop(_scaling);

        await Eventually.IsAsync(() => Task.FromResult(_launcher.IsDisposed && start.Cancellation.IsCancellationRequested));
    }

    private static KnownInstance Known(InstanceId instance, IActorRef actor, bool terminating = false, bool suspected = false) => new(
        new LoadReport(
            instance,
            1,
            1,
            "stories",
            new BatchLoad
            {
                TotalBlocks = 100,
                FreeBlocks = 100,
                BlockSize = 16,
                Running = 0,
                Waiting = 0,
                MaxWaiting = 9,
                WaitingDemand = 0,
                HeadOfLineDemand = 0,
                MaxRunning = 9,
                Classes = [],
            },
            terminating),
        actor,
        suspected);

    private void Round(params KnownInstance[] known) => _scaling.Tell(new ScalingActor.Known(known));

    private async Task<(string Model, TaskCompletionSource<LaunchPlace> End, CancellationToken Cancellation)> StartedAsync(int count)
    {
        await Eventually.IsAsync(() => Task.FromResult(_launcher.Starts.Count == count));
        return _launcher.Starts.Last();
    }

    private async Task<ModelScalingStatus> StatusAsync() =>
        (await _scaling.Ask<ScalingProtocol.Scaling>(ScalingProtocol.Describe.Instance)).Status.Models.Single();

    private async Task<ModelScalingStatus> UntilAsync(Func<ModelScalingStatus, bool> condition)
    {
        ModelScalingStatus? status = null;
        await Eventually.IsAsync(async () => condition(status = await StatusAsync()));
        return status!;
    }
}
