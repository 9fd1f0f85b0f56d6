using Akka.Actor;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Metrics;

namespace Llumnix.Actors.Requests;

/// <summary>What all request entities of a gateway's node share.</summary>
/// <param name="Dispatcher">Names instances.</param>
/// <param name="Receiver">The node's token receiver.</param>
/// <param name="Delivery">Windows of token delivery.</param>
/// <param name="NodeUid">The node's uid, which the incarnations drawn here carry.</param>
/// <param name="Metrics">What the node measures.</param>
/// <param name="Time">The clock.</param>
internal sealed record RequestSetup(
    IActorRef Dispatcher, IActorRef Receiver, DeliveryOptions Delivery, int NodeUid, NodeMetrics Metrics, TimeProvider Time);
