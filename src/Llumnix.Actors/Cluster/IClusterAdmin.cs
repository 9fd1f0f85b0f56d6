using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Cluster;

/// <summary>What operators ask a node about the cluster.</summary>
public interface IClusterAdmin
{
    /// <summary>All instances this node has heard of, by id.</summary>
    Task<IReadOnlyList<InstanceStatus>> InstancesAsync(CancellationToken cancellationToken);

    /// <summary>The requests whose entities live on this node and have not ended, by id.</summary>
    Task<IReadOnlyList<RequestStatus>> RequestsAsync(CancellationToken cancellationToken);

    /// <summary>Begins to move a request to an instance, wherever it runs; returns what is wrong, or null where its migration has begun.</summary>
    /// <param name="request">The request.</param>
    /// <param name="to">The destination.</param>
    /// <param name="method">How; null leaves it to the source's configuration.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    Task<string?> MigrateAsync(RequestId request, InstanceId to, MigrationMethod? method, CancellationToken cancellationToken);

    /// <summary>The same by the source's configured method.</summary>
    Task<string?> MigrateAsync(RequestId request, InstanceId to, CancellationToken cancellationToken) =>
        MigrateAsync(request, to, null, cancellationToken);

    /// <summary>
    /// Has an instance begin to move some of its requests to another, those that its request choice puts first; the order goes through the
    /// global manager where the cluster has one.
    /// </summary>
    Task<MigrationProtocol.MigrateSomeAnswer> MigrateSomeAsync(InstanceId from, InstanceId to, MoveLimits limits, CancellationToken cancellationToken);

    /// <summary>
    /// Has an instance take no further requests and move all of its own to others, or take requests again; returns what is wrong, or null.
    /// </summary>
    Task<string?> DrainAsync(InstanceId instance, bool on, CancellationToken cancellationToken);

    /// <summary>How the number of instances is kept; null where the cluster has no global manager that answers.</summary>
    Task<ScalingStatus?> ScalingAsync(CancellationToken cancellationToken);

    /// <summary>The last migrations out of every instance that answers, oldest first.</summary>
    Task<IReadOnlyList<MigrationRecord>> MigrationsAsync(CancellationToken cancellationToken);

    /// <summary>Counts what this node and every instance that answers hold, and for whom: what is left over when nothing runs is a leak.</summary>
    Task<ClusterAudit> AuditAsync(CancellationToken cancellationToken);
}
