using Akka.Actor;
using Akka.Cluster.Sharding;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Requests;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.Support;

/// <summary>Stands in for a gateway's shards: starts entities on their first message and lets them passivate.</summary>
internal sealed class EntityHost : ReceiveActor
{
    private readonly Dictionary<RequestId, IActorRef> _entities = [];

    public EntityHost(RequestSetup setup)
    {
        Receive<RequestProtocol.ToEntity>(to =>
        {
            if (!_entities.TryGetValue(to.Request, out var entity))
            {
                entity = Context.ActorOf(RequestActor.Props(to.Request.ToString(), setup));
                _entities.Add(to.Request, entity);
                Context.WatchWith(entity, new Gone(to.Request));
            }

            entity.Forward(to.Message);
        });
        Receive<Passivate>(passivate => Sender.Tell(passivate.StopMessage));
        Receive<Gone>(gone => _entities.Remove(gone.Request));
        Receive<Count>(_ => Sender.Tell(_entities.Count));
    }

    /// <summary>How many entities are there? Answered by an int.</summary>
    public sealed record Count;

    private sealed record Gone(RequestId Request);
}
