using Akka.Actor;
using Llumnix.Actors.KvStreams;

namespace Llumnix.Actors.Cluster;

/// <summary>Whom a node asks when it is asked what it holds; null where its roles do not bring the part along.</summary>
/// <param name="Sessions">Its sessions.</param>
/// <param name="Entities">Its shard region.</param>
/// <param name="Transport">Its way for KV blocks.</param>
internal sealed record NodeParts(IActorRef? Sessions = null, IActorRef? Entities = null, KvTransport? Transport = null);
