using Llumnix.Actors.Protocols;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Migration;

/// <summary>To the source's instance: the stream is open, or never will be.</summary>
internal sealed record StreamOpened(MigrationId Migration) : MigrationProtocol.IForInstance;
