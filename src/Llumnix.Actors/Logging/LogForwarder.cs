using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using AkkaLevel = Akka.Event.LogLevel;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace Llumnix.Actors.Logging;

/// <summary>Akka's logger: passes every event to the program's log under the category of the class that spoke.</summary>
public sealed class LogForwarder : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly Dictionary<Type, ILogger> _loggers = [];
    private readonly ILoggerFactory _factory;

    public LogForwarder()
    {
        _factory = Context.System.Settings.Setup.Get<LoggingSetup>() is { HasValue: true, Value: var setup } ? setup.Factory : NullLoggerFactory.Instance;
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Forward);
    }

    private void Forward(LogEvent logEvent)
    {
        if (!_loggers.TryGetValue(logEvent.LogClass, out var logger))
            _loggers.Add(logEvent.LogClass, logger = _factory.CreateLogger(logEvent.LogClass.FullName ?? logEvent.LogClass.Name));
        var level = logEvent.LogLevel() switch
        {
            AkkaLevel.DebugLevel => Level.Debug,
            AkkaLevel.InfoLevel => Level.Information,
            AkkaLevel.WarningLevel => Level.Warning,
            _ => Level.Error,
        };
        if (logger.IsEnabled(level)) logger.Log(level, 0, logEvent.Message.ToString() ?? "", logEvent.Cause, static (text, _) => text);
    }
}
