using Akka.Actor.Setup;
using Microsoft.Extensions.Logging;

namespace Llumnix.Actors.Logging;

/// <summary>Hands an actor system the program's log. Without it, <see cref="LogForwarder"/> drops what it is told.</summary>
public sealed class LoggingSetup(ILoggerFactory factory) : Setup
{
    public ILoggerFactory Factory { get; } = factory;
}
