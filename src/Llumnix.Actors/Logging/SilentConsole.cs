using Akka.Event;

namespace Llumnix.Actors.Logging;

/// <summary>
/// Takes the place of the logger that Akka writes to the console with once the others have stopped, whatever <c>stdout-loglevel</c> says:
/// a node's last words on its way down are of no use to who stopped it.
/// </summary>
public sealed class SilentConsole : MinimalLogger
{
    /// <inheritdoc/>
    protected override void Log(object message)
    {
    }
}
