using Llumnix.Actors.Configuration;
using Microsoft.Extensions.Logging.Console;

namespace Llumnix.Host.CommandLine;

/// <summary>The program's log: one line an event on standard error, so that standard output stays for what was asked for.</summary>
internal static class ConsoleLog
{
    public static ILoggerFactory Create(LoggingOptions options) => LoggerFactory.Create(logging =>
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.ColorBehavior = Console.IsErrorRedirected ? LoggerColorBehavior.Disabled : LoggerColorBehavior.Default;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(options.LibraryLevel);
        logging.AddFilter("Llumnix", options.Level);
    });
}
