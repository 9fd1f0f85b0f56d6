using Akka.Actor;
using Llumnix.Actors.Configuration;
using Microsoft.Extensions.Logging;

namespace Llumnix.Actors.Launching;

/// <summary>What a launcher is made with: the node it works from, which is the one the global manager is on.</summary>
/// <param name="Configuration">The node's.</param>
/// <param name="Address">Where other nodes reach it.</param>
/// <param name="Log">The program's log.</param>
/// <param name="Time">The clock.</param>
public sealed record LauncherContext(LlumnixConfiguration Configuration, Address Address, ILoggerFactory Log, TimeProvider Time);
