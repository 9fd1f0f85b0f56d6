using Llumnix.Actors.Cluster;

namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/admin/audit</c>: what is held, and by whom.</summary>
/// <param name="Problems">A sentence for everything that does not add up; empty where all does.</param>
internal sealed record AuditView(IReadOnlyList<string> Problems, NodeAudit Node, IReadOnlyList<InstanceAuditView> Instances)
{
    public static AuditView Of(ClusterAudit audit) => new(
        [.. audit.Instances.SelectMany(instance => instance.Problems.Select(problem => $"{instance.Instance}: {problem}"))],
        audit.Node,
        [.. audit.Instances.Select(InstanceAuditView.Of)]);
}
