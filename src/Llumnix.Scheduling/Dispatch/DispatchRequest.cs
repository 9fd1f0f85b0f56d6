using Llumnix.Scheduling.Memory;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>A request to be placed.</summary>
/// <param name="Model">The served name of its model.</param>
/// <param name="Priority">Its class.</param>
/// <param name="Tokens">Tokens it has: prompt and output so far.</param>
/// <param name="Preferred">An instance it goes to if that can take it, whatever the policy says, for example its siblings'; null for none.</param>
public readonly record struct DispatchRequest(string Model, Priority Priority, int Tokens, InstanceId? Preferred = null)
{
    /// <summary>
    /// The hashes of its first full blocks (<see cref="BlockHash.Chain"/>), of any block size that all requests share; empty where they
    /// are not known or the policy does not look at them.
    /// </summary>
    public ReadOnlyMemory<BlockHash> Prefix { get; init; }
}
