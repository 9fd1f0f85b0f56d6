using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Sharding;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Llumnix.Actors.Sharding;

/// <summary>
/// Puts a shard on the node whose uid it names and leaves it there: a request lives beside its client, and its state would not survive a
/// move. A shard of a node that is gone goes to who asks, whose entity then finds that it knows nothing.
/// </summary>
internal sealed class GatewayShardAllocation(ActorSystem system) : IShardAllocationStrategy
{
    private static readonly Task<IImmutableSet<string>> NoMoves = Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);

    private readonly AkkaCluster _cluster = AkkaCluster.Get(system);

    public Task<IActorRef> AllocateShard(
        IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
        Task.FromResult(Owner(shardId, currentShardAllocations.Keys) ?? requester);

    public Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress) => NoMoves;

    private IActorRef? Owner(string shardId, IEnumerable<IActorRef> regions)
    {
        if (!GatewayShardExtractor.TryReadNodeUid(shardId, out int nodeUid)) return null;
        foreach (var member in _cluster.State.Members)
        {
            if (member.UniqueAddress.Uid == nodeUid) return regions.FirstOrDefault(region => AddressOf(region) == member.Address);
        }

        return null;
    }

    private Address AddressOf(IActorRef region) =>
        region.Path.Address.HasLocalScope ? _cluster.SelfAddress : region.Path.Address;
}
