using Llumnix.Actors.Protocols;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Migration;

/// <summary>From a KV stream to its instance: the source's commit, behind the blocks it names.</summary>
internal sealed record CommitArrived(MigrationId Migration, byte[] Frame) : MigrationProtocol.IForInstance;
