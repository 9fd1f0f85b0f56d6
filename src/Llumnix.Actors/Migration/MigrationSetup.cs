using Llumnix.Actors.Configuration;
using Llumnix.Actors.KvStreams;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Migration;

/// <summary>What an instance's migrations are made with.</summary>
/// <param name="Settings">Limits and times.</param>
/// <param name="Transport">The node's way for KV blocks.</param>
/// <param name="Machine">Names the machine, and so its monotonic clock.</param>
internal sealed record MigrationSetup(MigrationSettings Settings, IKvTransport Transport, string Machine)
{
    /// <summary>In which order requests are given away where an order does not name them.</summary>
    public IRequestChoice Choice { get; init; } = new ShortestChoice();
}
