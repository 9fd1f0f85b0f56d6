namespace Llumnix.Host.Tests.Serving;

/// <summary>The same node at eight tokens in 40 ms, so that a short request is there long enough to be moved.</summary>
public sealed class PacedNode : ServingNode
{
    protected override IReadOnlyList<string> Settings => ["llumnix.delivery.max-unacked=8", "llumnix.delivery.ack-interval=40ms"];
}
