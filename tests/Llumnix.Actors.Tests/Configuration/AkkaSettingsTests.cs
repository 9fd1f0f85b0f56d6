using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Logging;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Llumnix.Actors.Tests.Configuration;

public sealed class AkkaSettingsTests
{
    [Fact]
    public void Akka_settings_follow_from_ours_and_from_files()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("my.hocon", "akka { cluster.failure-detector { threshold = 9 }, actor.deployment { \"/a b/c.d\" { dispatcher = x } } }");
        var akka = LlumnixConfiguration.Load(
            [file],
            ["llumnix.node.host=10.0.0.1", "llumnix.node.port=4053", "llumnix.node.roles=gateway", "llumnix.node.seeds=10.0.0.1:4053", "llumnix.logging.level=debug", "llumnix.migration.secret=word"]).Akka;

        Assert.Equal("10.0.0.1", akka.GetString("akka.remote.dot-netty.tcp.hostname"));
        Assert.Equal(4053, akka.GetInt("akka.remote.dot-netty.tcp.port"));
        Assert.Equal(["gateway"], akka.GetStringList("akka.cluster.roles"));
        Assert.Equal(["akka.tcp://llumnix@10.0.0.1:4053"], akka.GetStringList("akka.cluster.seed-nodes"));
        Assert.Equal("DEBUG", akka.GetString("akka.loglevel"));
        Assert.Equal(TimeSpan.FromSeconds(32), akka.GetTimeSpan("akka.coordinated-shutdown.phases.service-requests-done.timeout"));
        Assert.Equal(9, akka.GetInt("akka.cluster.failure-detector.threshold"));
        Assert.Equal(TimeSpan.FromSeconds(2), akka.GetTimeSpan("akka.cluster.failure-detector.acceptable-heartbeat-pause"));
        Assert.Equal("x", akka.GetConfig("akka.actor.deployment").Root.GetObject().Items["/a b/c.d"].GetChildObject("dispatcher").GetString());
    }

    [Fact]
    public void A_value_replaces_a_section_and_a_section_a_value_under_akka()
    {
        var akka = LlumnixConfiguration.Load(sets: ["akka.cluster.failure-detector=none", "akka.loggers.x=1"]).Akka;

        Assert.Equal("none", akka.GetString("akka.cluster.failure-detector"));
        Assert.Equal(1, akka.GetInt("akka.loggers.x"));
    }

    [Fact]
    public async Task An_actor_system_of_the_defaults_joins_itself_and_logs_to_the_program_s_log()
    {
        var log = new RecordingLog();
        var configuration = LlumnixConfiguration.Load();
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(configuration.Akka), new LoggingSetup(log));
        var system = ActorSystem.Create(NodeOptions.SystemName, setup);
        try
        {
            var cluster = Akka.Cluster.Cluster.Get(system);
            await cluster.JoinAsync(cluster.SelfAddress).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(NodeRoles.All.Order(), cluster.SelfRoles.Order());

            foreach (string dispatcher in (string[])["akka.actor.gpu-dispatcher", "akka.actor.report-dispatcher", "akka.actor.cluster-dispatcher"])
            {
                var echo = system.ActorOf(Props.Create(() => new Echo()).WithDispatcher(dispatcher));
                Assert.Equal("heard", await echo.Ask<string>("heard", TimeSpan.FromSeconds(30)));
            }

            system.Log.Warning(new InvalidOperationException("cause"), "seen {0} times", 3);
            await log.Written.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class RecordingLog : ILoggerFactory, ILogger
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning && exception?.Message == "cause" && formatter(state, exception) == "seen 3 times") Written.TrySetResult();
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
