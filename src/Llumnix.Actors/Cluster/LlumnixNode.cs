using System.Globalization;
using System.Net.Sockets;
using Akka;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Akka.Event;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Delivery;
using Llumnix.Actors.Dispatch;
using Llumnix.Actors.Instances;
using Llumnix.Actors.KvStreams;
using Llumnix.Actors.Launching;
using Llumnix.Actors.Load;
using Llumnix.Actors.Logging;
using Llumnix.Actors.Metrics;
using Llumnix.Actors.Migration;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Requests;
using Llumnix.Actors.Serialization;
using Llumnix.Actors.Sessions;
using Llumnix.Actors.Sharding;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Priorities;
using AkkaCluster = Akka.Cluster.Cluster;
using ConfigurationException = Llumnix.Actors.Configuration.ConfigurationException;

namespace Llumnix.Actors.Cluster;

/// <summary>
/// One process of the cluster, with the roles its configuration gives it. It is either started whole or not at all, and stops in order:
/// streams in flight are told, then it leaves the cluster.
/// </summary>
public sealed class LlumnixNode : IAsyncDisposable
{
    private const string ManagerPath = "/user/" + GlobalManagerActor.Name;

    private readonly ActorSystem _system;
    private readonly NodeReadiness _readiness;
    private readonly IActorRef? _drain;

    private LlumnixNode(
        ActorSystem system,
        IReadOnlyList<LoadedModel> models,
        PriorityClasses priorities,
        IGenerationClient? client,
        IClusterAdmin admin,
        NodeReadiness readiness,
        NodeMetrics metrics,
        IActorRef? drain)
    {
        _system = system;
        _readiness = readiness;
        _drain = drain;
        Models = models;
        Priorities = priorities;
        Client = client;
        Admin = admin;
        Metrics = metrics;
        Address = AkkaCluster.Get(system).SelfAddress;
    }

    /// <summary>The way in for a gateway's clients; null on a node without that role.</summary>
    public IGenerationClient? Client { get; }

    /// <summary>The classes that requests may have.</summary>
    public PriorityClasses Priorities { get; }

    /// <summary>For operators.</summary>
    public IClusterAdmin Admin { get; }

    /// <summary>What the node measures.</summary>
    public NodeMetrics Metrics { get; }

    /// <summary>What is served here or on other nodes; the first is the one of requests that name none.</summary>
    public IReadOnlyList<LoadedModel> Models { get; }

    /// <summary>Where other nodes reach this one.</summary>
    public Address Address { get; }

    /// <summary>Whether a request sent now has an instance to go to; on a node that is no gateway, whether it has started and does not stop.</summary>
    public bool Ready => _readiness.Ready;

    /// <summary>Ends when the node has stopped, by its own doing or because the cluster made it.</summary>
    public Task Stopped => _system.WhenTerminated;

    internal ActorSystem System => _system;

    /// <summary>
    /// Starts a node: loads its models, joins the cluster (its own where no seeds are configured) and starts what its roles ask for. When it
    /// returns, a gateway's requests have their shards and this node's instances take requests.
    /// </summary>
    /// <exception cref="ConfigurationException">The configuration asks for what cannot be; one sentence. Nothing is left running.</exception>
    /// <exception cref="ModelLoadException">A model's folder cannot be served; one sentence. Nothing is left running.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing is left running.</exception>
    public static async Task<LlumnixNode> StartAsync(
        LlumnixConfiguration configuration, NodeDependencies? dependencies = null, CancellationToken cancellationToken = default)
    {
        dependencies ??= new NodeDependencies();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(configuration.Node.StartTimeout);
        var models = await Task.Run(() => LoadModels(configuration, dependencies.Time), cancellationToken).ConfigureAwait(false);
        NodeInstances? instances = null;
        ActorSystem? system = null;
        var metrics = new NodeMetrics(configuration.Priorities.Classes.Headrooms);
        try
        {
            if (configuration.Node.IsInstance)
                instances = await Task.Run(() => NodeInstances.Make(configuration, models, dependencies), deadline.Token).ConfigureAwait(false);

            system = CreateSystem(configuration, dependencies);
            WireBindings.Check(system);
            foreach (var model in models)
            {
                foreach (string note in model.Folder.Notes) system.Log.Info("Model {0}: {1}", model.Name, note);
            }

            await JoinAsync(system, configuration.Node, deadline.Token).ConfigureAwait(false);
            return await new NodeBuilder(system, configuration, dependencies, models, instances, metrics).BuildAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (system is not null) await system.Terminate().ConfigureAwait(false);
            instances?.Dispose();
            metrics.Dispose();
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw new ConfigurationException(TooSlow(configuration.Node), e);
            throw;
        }
    }

    /// <summary>
    /// Begins to move the requests of this node's instances to those of other nodes, as far as there are any; the first step of a stop,
    /// for those who have other things to end before <see cref="StopAsync"/>.
    /// </summary>
    public void BeginLeaving() => _drain?.Tell(NodeDrainActor.Begin.Instance);

    /// <summary>
    /// Ends streams in flight with a clear word, has its instances' requests go on at others, leaves the cluster and stops. May be called
    /// more than once.
    /// </summary>
    public async Task StopAsync()
    {
        _readiness.Stopping = true;
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
        await _system.WhenTerminated.ConfigureAwait(false);
        Metrics.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static LoadedModel[] LoadModels(LlumnixConfiguration configuration, TimeProvider time) =>
    [
        .. configuration.Models.Select(model => new LoadedModel(
            model.Name, ModelFolder.Load(model.Path, configuration.NeedsWeights(model)), time.GetUtcNow())),
    ];

    private static ActorSystem CreateSystem(LlumnixConfiguration configuration, NodeDependencies dependencies)
    {
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(configuration.Akka));
        if (dependencies.Log is { } log) setup = setup.And(new LoggingSetup(log));
        try
        {
            return ActorSystem.Create(NodeOptions.SystemName, setup);
        }
        catch (Exception e) when (Find<SocketException>(e) is { } socket)
        {
            var node = configuration.Node;
            throw new ConfigurationException(
                string.Create(CultureInfo.InvariantCulture, $"llumnix.node.port is {node.Port}, but nodes cannot be listened for at {node.Host}:{node.Port}: {socket.Message.TrimEnd('.')}."),
                e);
        }
    }

    private static T? Find<T>(Exception? e)
        where T : Exception =>
        e switch
        {
            null => null,
            T found => found,
            AggregateException many => many.InnerExceptions.Select(Find<T>).FirstOrDefault(found => found is not null),
            _ => Find<T>(e.InnerException),
        };

    private static async Task JoinAsync(ActorSystem system, NodeOptions node, CancellationToken cancellationToken)
    {
        var cluster = AkkaCluster.Get(system);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.RegisterOnMemberUp(() => up.TrySetResult());
        // With seeds configured the system joins by itself.
        if (node.Seeds.Count == 0) cluster.Join(cluster.SelfAddress);
        await up.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string TooSlow(NodeOptions node) => node.Seeds.Count == 0
        ? $"The node was not ready within llumnix.node.start-timeout ({node.StartTimeout})."
        : $"The node was not a ready member of the cluster within llumnix.node.start-timeout ({node.StartTimeout}); "
            + $"is one of llumnix.node.seeds ({string.Join(", ", node.Seeds)}) up?";

    /// <summary>Starts a node's actors, top to bottom.</summary>
    private sealed class NodeBuilder(
        ActorSystem system,
        LlumnixConfiguration configuration,
        NodeDependencies dependencies,
        LoadedModel[] models,
        NodeInstances? instances,
        NodeMetrics metrics)
    {
        private readonly AkkaCluster _cluster = AkkaCluster.Get(system);
        private readonly Headrooms _headrooms = configuration.Priorities.Classes.Headrooms;
        private readonly NodeReadiness _readiness = new();
        private KvTransport? _transport;
        private IActorRef? _drain;

        public async Task<LlumnixNode> BuildAsync(CancellationToken cancellationToken)
        {
            var manager = StartManager();
            var gateway = configuration.Node.IsGateway ? await StartGatewayAsync(cancellationToken).ConfigureAwait(false) : null;
            var own = await StartInstancesAsync(manager).ConfigureAwait(false);
            if (gateway is not null)
            {
                await gateway.Dispatcher
                    .Ask<DispatchProtocol.InstancesKnown>(new DispatchProtocol.AwaitInstances(own), Timeout.InfiniteTimeSpan, cancellationToken)
                    .ConfigureAwait(false);
            }
            else
            {
                // It places nothing itself.
                _readiness.InstancesAvailable = true;
            }

            var client = gateway is null ? null : new GenerationClient(gateway.Sessions, configuration.Delivery.StreamBuffer);
            var parts = new NodeParts(gateway?.Sessions, gateway?.Entities, _transport);
            var admin = new ClusterAdmin(gateway?.Dispatcher ?? manager, gateway?.Receiver, parts, () => HasManager() ? manager : null);
            return new LlumnixNode(system, models, configuration.Priorities.Classes, client, admin, _readiness, metrics, _drain);
        }

        private bool HasManager() => _cluster.State.Members.Any(member => member.Status == Akka.Cluster.MemberStatus.Up && member.HasRole(NodeRoles.Manager));

        private IActorRef StartManager()
        {
            if (configuration.Node.IsManager)
            {
                system.ActorOf(
                    ClusterSingletonManager.Props(
                        GlobalManagerActor.Props(
                            configuration.LoadReports, configuration.Rebalance, _headrooms, dependencies.Time, SetUpScaling()),
                        ClusterSingletonManagerSettings.Create(system).WithRole(NodeRoles.Manager).WithSingletonName("singleton")),
                    GlobalManagerActor.Name);
            }

            // Unbuffered: what could not be told now is told better by the next report.
            return system.ActorOf(
                ClusterSingletonProxy.Props(
                    ManagerPath,
                    ClusterSingletonProxySettings.Create(system).WithRole(NodeRoles.Manager).WithSingletonName("singleton").WithBufferSize(0)),
                "manager-proxy");
        }

        private ScalingSetup? SetUpScaling() => configuration.Scaling.IsOn
            ? new ScalingSetup(configuration.Scaling, configuration.Models, () => new InProcessLauncher(system, dependencies.Random), dependencies.Time)
            : null;

        private async Task<Gateway> StartGatewayAsync(CancellationToken cancellationToken)
        {
            var parent = system.ActorOf(Props.Create<GatewayActor>(), GatewayActor.Name);
            Task<IActorRef> HostAsync(string name, Props props) =>
                parent.Ask<IActorRef>(new GatewayActor.Host(name, props), Timeout.InfiniteTimeSpan, cancellationToken);

            // From zero on, so that the first request is seen to be one.
            foreach (var model in models) metrics.OfModel(model.Name);
            var receiver = await HostAsync(GatewayActor.Receiver, TokenReceiverActor.Props(configuration.Delivery, dependencies.Time, metrics))
                .ConfigureAwait(false);
            var dispatcherSetup = new DispatcherSetup(
                configuration.Dispatch, configuration.LoadReports, _headrooms, receiver, _readiness, dependencies.Random, dependencies.Time)
            {
                QueueOrder = configuration.Queues.Order,
            };
            var dispatcher = await HostAsync(GatewayActor.Dispatcher, DispatcherActor.Props(dispatcherSetup)).ConfigureAwait(false);
            var requestSetup = new RequestSetup(dispatcher, receiver, configuration.Delivery, _cluster.SelfUniqueAddress.Uid, metrics, dependencies.Time);
            var region = await ClusterSharding.Get(system).StartAsync(
                "request",
                entityId => RequestActor.Props(entityId, requestSetup),
                ClusterShardingSettings.Create(system).WithRole(NodeRoles.Gateway),
                new GatewayShardExtractor(configuration.Sharding.Slots),
                new GatewayShardAllocation(system),
                PoisonPill.Instance).ConfigureAwait(false);
            await TouchSlotsAsync(region, cancellationToken).ConfigureAwait(false);

            var sessionSetup = new SessionSetup(
                models.ToDictionary(model => model.Name, model => model.Rules, StringComparer.Ordinal),
                region,
                _cluster.SelfUniqueAddress.Uid,
                configuration.Gateway.MaxChoices,
                configuration.Delivery,
                dependencies.Time);
            var sessions = await HostAsync(GatewayActor.Sessions, SessionsActor.Props(sessionSetup)).ConfigureAwait(false);
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceUnbind, "end-sessions", async () =>
            {
                _readiness.Stopping = true;
                await sessions
                    .Ask<SessionProtocol.Closed>(new SessionProtocol.Close("The node is going down."), TimeSpan.FromSeconds(4))
                    .ConfigureAwait(false);
                return Done.Instance;
            });
            return new Gateway(dispatcher, receiver, sessions, region);
        }

        private async Task TouchSlotsAsync(IActorRef region, CancellationToken cancellationToken)
        {
            int uid = _cluster.SelfUniqueAddress.Uid;
            var touched = Enumerable.Range(0, configuration.Sharding.Slots).Select(slot =>
                region.Ask<RequestProtocol.SlotTouched>(new RequestProtocol.TouchSlot(uid, slot), Timeout.InfiniteTimeSpan, cancellationToken));
            await Task.WhenAll(touched).ConfigureAwait(false);
        }

        private async Task<InstanceId[]> StartInstancesAsync(IActorRef manager)
        {
            if (instances is null) return [];

            var migration = await StartMigrationAsync().ConfigureAwait(false);

            var reporter = system.ActorOf(NodeReporterActor.Props(configuration.LoadReports, dependencies.Time, manager), "reporter");
            string node = string.Create(CultureInfo.InvariantCulture, $"{_cluster.SelfAddress.Host}:{_cluster.SelfAddress.Port}");
            var host = new InstanceHost(
                node,
                configuration.Delivery,
                configuration.LoadReports,
                migration,
                configuration.Priorities,
                configuration.Queues,
                metrics,
                dependencies.Time);
            var first = instances.SetUp(host, reporter);
            var hosting = system.ActorOf(InstancesActor.Props(first, instances), InstancesActor.Name);
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "take-no-requests", () =>
            {
                hosting.Tell(InstanceProtocol.Terminate.Instance);
                return Task.FromResult(Done.Instance);
            });
            _drain = system.ActorOf(NodeDrainActor.Props(hosting, manager, configuration.Migration.RetryInterval), "drain");
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "move-requests-away", async () =>
            {
                try
                {
                    await _drain.Ask<NodeDrainActor.Empty>(NodeDrainActor.AwaitEmpty.Instance, configuration.Node.DrainTimeout).ConfigureAwait(false);
                }
                catch (AskTimeoutException)
                {
                    system.Log.Warning(
                        "Requests were still here after llumnix.node.drain-timeout ({0}); other instances go on with them by computing their tokens again.",
                        configuration.Node.DrainTimeout);
                }

                return Done.Instance;
            });
            // While other nodes still listen, so that they hear at once that requests must go on elsewhere.
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, "stop-instances", async () =>
            {
                await hosting.GracefulStop(TimeSpan.FromSeconds(4)).ConfigureAwait(false);
                return Done.Instance;
            });
            return [.. first.Select(made => made.Id)];
        }

        private async Task<MigrationSetup> StartMigrationAsync()
        {
            var settings = configuration.Migration;
            try
            {
                var transport = _transport = await KvTransport.StartAsync(
                    system, settings.Streams, configuration.Node.Host, settings.Port, dependencies.Time).ConfigureAwait(false);
                CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "close-kv-streams", async () =>
                {
                    await transport.DisposeAsync().ConfigureAwait(false);
                    return Done.Instance;
                });
                return new MigrationSetup(settings, transport, MachineClock.Name) { Choice = settings.RequestChoice };
            }
            catch (SocketException e)
            {
                throw new ConfigurationException(
                    string.Create(CultureInfo.InvariantCulture, $"llumnix.migration.port is {settings.Port}, but KV blocks cannot be listened for at {configuration.Node.Host}:{settings.Port}: {e.Message.TrimEnd('.')}."),
                    e);
            }
        }

        private sealed record Gateway(IActorRef Dispatcher, IActorRef Receiver, IActorRef Sessions, IActorRef Entities);
    }
}
