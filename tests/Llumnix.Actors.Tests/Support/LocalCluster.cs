using Akka.Actor;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Delivery;
using Llumnix.Actors.Dispatch;
using Llumnix.Actors.Instances;
using Llumnix.Actors.KvStreams;
using Llumnix.Actors.Metrics;
using Llumnix.Actors.Migration;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Requests;
using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Tests.Support;

/// <summary>
/// The real actors of a gateway and of several instances in one local actor system, without membership and shards: starts in
/// milliseconds, and lets a test put a link of its own between the two sides.
/// </summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    public const string Model = "scripted";

    private static readonly OutputRules Rules = new(ScriptedExecutor.Vocabulary, ScriptedExecutor.Context, [LetterTokenizer.End], new LetterTokenizer());

    private readonly IActorRef _entities;
    private readonly IActorRef _dispatcher;
    private readonly IActorRef _receiver;
    private readonly IActorRef _sessionsActor;
    private readonly IActorRef[] _links;
    private readonly KvTransport _transport;
    private long _sessions;

    /// <param name="instances">How many.</param>
    /// <param name="sets">Settings over the defaults and over this class's short intervals.</param>
    /// <param name="blocks">KV blocks of each instance.</param>
    /// <param name="loss">How often the links between instances and gateway drop, double and delay a message, each.</param>
    /// <param name="seed">Draws what the links do and where requests go.</param>
    public LocalCluster(int instances = 1, string[]? sets = null, int blocks = 400, double loss = 0, int seed = 1)
    {
        Configuration = LlumnixConfiguration.Load(sets:
        [
            "llumnix.engine.block-size=4", "llumnix.delivery.retry-interval=50ms", "llumnix.delivery.resend-after=100ms",
            "llumnix.delivery.ack-interval=5ms", "llumnix.load.report-interval=5ms",
            .. sets ?? [],
        ]);
        var config = Akka.Configuration.ConfigurationFactory.ParseString("akka.actor.provider = local").WithFallback(Configuration.Akka);
        System = ActorSystem.Create("local", config);
        var time = TimeProvider.System;
        var headrooms = Configuration.Priorities.Classes.Headrooms;
        var random = new Random(seed);
        var gateway = System.ActorOf(Props.Create<GatewayActor>(), GatewayActor.Name);
        _receiver = Host(gateway, GatewayActor.Receiver, TokenReceiverActor.Props(Configuration.Delivery, time, Metrics));
        _dispatcher = Host(gateway, GatewayActor.Dispatcher, DispatcherActor.Props(new DispatcherSetup(
            Configuration.Dispatch, Configuration.LoadReports, headrooms, _receiver, new NodeReadiness(), random, time)));
        var requests = new RequestSetup(_dispatcher, _receiver, Configuration.Delivery, NodeUid: 7, Metrics, time);
        _entities = System.ActorOf(Props.Create(() => new EntityHost(requests)));
        var sessions = Host(gateway, GatewayActor.Sessions, SessionsActor.Props(new SessionSetup(
            new Dictionary<string, OutputRules> { [Model] = Rules }, _entities, 7, 16, Configuration.Delivery, time)));
        _sessionsActor = sessions;
        Client = new GenerationClient(sessions, Configuration.Delivery.StreamBuffer);
        _transport = KvTransport.StartAsync(System, Configuration.Migration.Streams, "127.0.0.1", 0, time).GetAwaiter().GetResult();
        Admin = new ClusterAdmin(_dispatcher, _receiver, new NodeParts(sessions, null, _transport));
        Executors = [.. Enumerable.Range(0, instances).Select(_ => new ScriptedExecutor(blocks))];
        _links = [.. Enumerable.Range(0, instances).Select(number =>
            System.ActorOf(Props.Create(() => new LossyLink(seed + number, loss, _dispatcher))))];
        InstanceSetup[] setups = [.. Executors.Select((executor, number) => SetUp(executor, number, time))];
        foreach (var setup in setups) Metrics.Add(setup.Metrics);
        System.ActorOf(InstancesActor.Props(
            [.. Executors.Select((executor, number) =>
                new MadeInstance(IdOf(number), Model, InstanceActor.Props(setups[number], executor, _links[number]), executor))]), "instances");
    }

    /// <summary>What operators ask and order.</summary>
    public IClusterAdmin Admin { get; }

    /// <summary>The node's requests, as operators see them.</summary>
    public Task<IReadOnlyList<RequestStatus>> RequestsAsync() => Admin.RequestsAsync(CancellationToken.None);

    /// <summary>What a node does first when it goes down.</summary>
    public Task CloseSessionsAsync(string sentence) => _sessionsActor.Ask<SessionProtocol.Closed>(new SessionProtocol.Close(sentence));

    /// <summary>Waits until an instance says of itself what is asked, with its link cut or not.</summary>
    public Task InstanceWithoutLinkIsAsync(int number, Func<BatchLoad, bool> condition) => Eventually.IsAsync(async () =>
        condition((await _links[number].Ask<LoadProtocol.InstanceReport>(new LossyLink.LastReport())).Load.Load));

    private ActorSystem System { get; }

    /// <summary>What all of it measures.</summary>
    public NodeMetrics Metrics { get; } = new(Headrooms.None);

    private LlumnixConfiguration Configuration { get; }

    public IGenerationClient Client { get; }

    public ScriptedExecutor[] Executors { get; }

    /// <summary>A new request; its id is the next.</summary>
    public GenerateRequest Request(int[] prompt, int maxTokens = 20, SamplingParameters? sampling = null) => new()
    {
        Id = RequestId.FromRandomBits(1, (ulong)Interlocked.Increment(ref _sessions) << 16),
        Model = Model,
        Prompt = prompt,
        Sampling = (sampling ?? new SamplingParameters { Temperature = 0 }) with { MaxTokens = maxTokens },
    };

    /// <summary>What a request gives by the bare engine, alone on an instance of its own.</summary>
    public static int[] Expected(GenerateRequest request, int choice = 0) =>
        Continued(request.Prompt, [], request.Sampling with { Seed = request.Sampling.Seed + (ulong)choice });

    /// <summary>How the bare engine goes on after some output.</summary>
    public static int[] Continued(int[] prompt, int[] generated, SamplingParameters sampling)
    {
        using var executor = new ScriptedExecutor(ScriptedExecutor.Context);
        var options = new BatchSchedulerOptions { BlockCount = ScriptedExecutor.Context, BlockSize = 4, MaxContext = ScriptedExecutor.Context };
        var loop = new EngineLoop(executor, options);
        var sequence = new Sequence(new RequestId(0, 0), prompt, sampling, Rules, generated);
        Assert.True(loop.Add(sequence, Priority.Normal).IsAccepted);
        while (sequence.Finish == Scheduling.Requests.FinishReason.None) loop.Step();
        return sequence.Output[generated.Length..].ToArray();
    }

    /// <summary>Where the dispatcher sees the instances.</summary>
    public async Task<InstanceStatus[]> InstancesAsync() =>
        (await _dispatcher.Ask<ManagerProtocol.Instances>(ManagerProtocol.ListInstances.Instance)).All;

    /// <summary>Waits until an instance is as asked.</summary>
    public Task InstanceIsAsync(int number, Func<InstanceStatus, bool> condition) =>
        Eventually.IsAsync(async () => Array.Find(await InstancesAsync(), status => status.Id == IdOf(number)) is { } status && condition(status));

    /// <summary>Waits until the dispatcher knows every instance.</summary>
    public Task ReadyAsync() => Eventually.IsAsync(async () => (await InstancesAsync()).Length == Executors.Length);

    /// <summary>Waits until nothing of any request is left: no entity, no follower of tokens, no block, nothing waiting or running.</summary>
    public Task EmptyAsync() => Eventually.IsAsync(async () =>
        await _entities.Ask<int>(new EntityHost.Count()) == 0
        && (await _receiver.Ask<DeliveryProtocol.Entities>(DeliveryProtocol.ListEntities.Instance)).All.Count == 0
        && (await InstancesAsync()).Where(instance => instance.State == "ready")
            .All(instance => instance is { Running: 0, Waiting: 0 } && instance.FreeBlocks == instance.TotalBlocks));

    /// <summary>How a failure of its device ends an instance.</summary>
    public void Kill(int number) => System.ActorSelection($"/user/instances/{number}").Tell(Akka.Actor.Kill.Instance);

    /// <summary>Parts an instance and the gateway, or joins them again.</summary>
    public void Cut(int number, bool off) => _links[number].Tell(new LossyLink.Cut(off));

    public static InstanceId IdOf(int number) => new($"local/{number}");

    public async ValueTask DisposeAsync()
    {
        foreach (var executor in Executors) executor.Release();
        Metrics.Dispose();
        await _transport.DisposeAsync();
        await System.Terminate();
    }

    private static IActorRef Host(IActorRef gateway, string name, Props props) =>
        gateway.Ask<IActorRef>(new GatewayActor.Host(name, props)).GetAwaiter().GetResult();

    private InstanceSetup SetUp(ScriptedExecutor executor, int number, TimeProvider time)
    {
        var engine = Configuration.Engine;
        return new InstanceSetup(
            IdOf(number),
            1,
            Model,
            Rules,
            new PromptHasher(Model, executor.KernelClass, engine.BlockSize, engine.PrefixCaching),
            new BatchSchedulerOptions
            {
                BlockCount = executor.Kv.Blocks,
                BlockSize = engine.BlockSize,
                TokenBudget = engine.TokenBudget,
                MaxRunning = engine.MaxRunning,
                MaxWaiting = engine.MaxWaiting,
                MaxContext = ScriptedExecutor.Context,
                Watermark = engine.Watermark,
                PrefixCaching = engine.PrefixCaching,
                QueueOrder = Configuration.Queues.Order,
                PreemptsLower = Configuration.Priorities.Classes.PreemptsLower,
            },
            "local",
            "cpu",
            executor.KernelClass,
            engine.StepDeadline,
            Configuration.Delivery,
            Configuration.LoadReports,
            new MigrationSetup(Configuration.Migration, _transport, "local") { Choice = Configuration.Migration.RequestChoice },
            time);
    }
}
