using Llumnix.Actors.Protocols;

namespace Llumnix.Actors.Cluster;

/// <summary>What the asked node and every instance that answers hold.</summary>
/// <param name="Node">The node that was asked.</param>
/// <param name="Instances">All instances it knows that answered, by id.</param>
public sealed record ClusterAudit(NodeAudit Node, IReadOnlyList<InstanceAudit> Instances);
