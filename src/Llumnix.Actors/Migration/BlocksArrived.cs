using Llumnix.Actors.Protocols;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Migration;

/// <summary>From a stream to its instance: the first blocks are in place and checked.</summary>
internal sealed record BlocksArrived(MigrationId Migration, int Blocks) : MigrationProtocol.IForInstance;
