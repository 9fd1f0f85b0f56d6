using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Migration;

/// <summary>From a migration's copying to its instance: one stage is over.</summary>
/// <param name="Migration">The migration.</param>
/// <param name="Pinned">Its blocks, to be let go.</param>
/// <param name="Problem">What is wrong; null where all of them arrived.</param>
internal sealed record StageEnded(MigrationId Migration, BlockId[] Pinned, string? Problem) : MigrationProtocol.IForInstance;
