using Microsoft.Extensions.Logging;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.logging</c>: what is told to the log. Defaults stand in logging.hocon.</summary>
public sealed record LoggingOptions
{
    /// <summary>The least level told of what Llumnix itself does.</summary>
    public required LogLevel Level { get; init; }

    /// <summary>The least level told of what the libraries under it do (actor system, web server).</summary>
    public required LogLevel LibraryLevel { get; init; }

    internal static LoggingOptions Read(SettingReader settings)
    {
        (string, LogLevel)[] levels = [("debug", LogLevel.Debug), ("info", LogLevel.Information), ("warning", LogLevel.Warning), ("error", LogLevel.Error)];
        return new LoggingOptions
        {
            Level = settings.Choice("llumnix.logging.level", levels),
            LibraryLevel = settings.Choice("llumnix.logging.library-level", levels),
        };
    }
}
