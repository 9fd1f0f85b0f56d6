using Llumnix.Actors.Cluster;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Tests.Support;

namespace Llumnix.Actors.Tests.Migration;

/// <summary>Holds what is left against what may be left.</summary>
internal static class Audits
{
    /// <summary>Waits until no instance holds anything for a request, and nobody on the asked node anything of one.</summary>
    public static async Task EmptyAsync(params IClusterAdmin[] nodes)
    {
        foreach (var node in nodes)
        {
            ClusterAudit? audit = null;
            await Eventually.IsAsync(
                async () => IsEmpty(audit = await node.AuditAsync(default)),
                async () => $"{audit!.Node}\n{string.Join('\n', audit.Instances.Select(Told))}\n{string.Join('\n', await node.RequestsAsync(default))}");
        }
    }

    /// <summary>Fails where what an instance holds does not add up.</summary>
    public static async Task AddUpAsync(IClusterAdmin node)
    {
        var audit = await node.AuditAsync(default);
        Assert.All(audit.Instances, instance => Assert.True(instance.Problems.Length == 0, Told(instance)));
    }

    /// <summary>The same, and nothing is remembered any more: waits out <c>resume-window</c>.</summary>
    public static async Task ForgottenAsync(params IClusterAdmin[] nodes)
    {
        await EmptyAsync(nodes);
        foreach (var node in nodes)
        {
            ClusterAudit? audit = null;
            await Eventually.IsAsync(
                async () => (audit = await node.AuditAsync(default)).Instances.All(
                    instance => instance is { OutcomesKept: 0, EndedKept: 0, ForwardingNotes: 0, Receivers: 0 }),
                () => Task.FromResult(string.Join('\n', audit!.Instances)));
        }
    }

    private static bool IsEmpty(ClusterAudit audit) =>
        audit.Node is { Sessions: 0, Entities: 0, Followed: 0, KvReservations: 0 } && audit.Instances.Count > 0 && audit.Instances.All(IsEmpty);

    private static bool IsEmpty(InstanceAudit audit) =>
        audit.FreeBlocks == audit.TotalBlocks
        && audit is { RequestBlocks: 0, ReservedBlocks: 0, PinnedBlocks: 0, ReservedPlaces: 0, Requests: 0, Sequences: 0, MigrationsOut: 0, MigrationsIn: 0 }
        && audit.Problems.Length == 0;

    private static string Told(InstanceAudit audit) => $"{audit} {string.Join(' ', audit.Problems)}";
}
