using Akka.Actor;
using Llumnix.Actors.Migration;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Delivery;

namespace Llumnix.Actors.Instances;

/// <summary>What an instance remembers of a request that it no longer runs.</summary>
/// <param name="Request">The request.</param>
/// <param name="Epoch">The newest epoch seen of it.</param>
/// <param name="Outbound">What its entity has not acknowledged yet; null where it was stopped.</param>
/// <param name="Receiver">Its gateway's token receiver.</param>
/// <param name="EndedAt">Timestamp.</param>
/// <param name="MovedTo">Where it went on, if it was moved.</param>
internal sealed record EndedRequest(
    RequestId Request, Epoch Epoch, OutboundTokens<OutputToken>? Outbound, IActorRef Receiver, long EndedAt, MovedTo? MovedTo = null)
{
    /// <summary>All of its output, where it ended here and that is still kept.</summary>
    public EndedOutput? Output { get; set; }
}
