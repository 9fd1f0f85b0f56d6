using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Migration;

/// <summary>From a stream to its instance: nothing writes into these reserved blocks any more.</summary>
internal sealed record StreamClosed(BlockId[] Blocks, bool Place) : MigrationProtocol.IForInstance;
