using Akka.Actor;
using Llumnix.Gpu.Engine;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Delivery;

namespace Llumnix.Actors.Instances;

/// <summary>One request that waits or runs on an instance.</summary>
internal sealed class HostedRequest
{
    /// <summary>Its tokens; the GPU actor's while a step runs.</summary>
    public required Sequence Sequence { get; init; }

    /// <summary>Its tokens on their way to the entity.</summary>
    public required OutboundTokens<OutputToken> Outbound { get; set; }

    /// <summary>When its session took it, in UTC ticks.</summary>
    public required long Arrival { get; init; }

    /// <summary>Its entity.</summary>
    public required IActorRef Entity { get; set; }

    /// <summary>Frames to its gateway's node.</summary>
    public required FrameBuilder Frames { get; set; }

    /// <summary>Timestamp of the last sign that its entity lives.</summary>
    public required long Acknowledged { get; set; }

    /// <summary>Timestamp of when the instance took it; null once a step has had it, or where it came with its blocks.</summary>
    public long? WaitsSince { get; set; }

    /// <summary>Whether that was <c>orphan-after</c> ago.</summary>
    public bool Orphaned { get; set; }

    /// <summary>Whether the batch scheduler leaves it out.</summary>
    public bool Paused { get; set; }

    public RequestId Id => Sequence.Id;

    /// <summary>The placement it is here in.</summary>
    public Epoch Epoch => Outbound.Epoch;
}
