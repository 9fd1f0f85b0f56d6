namespace Llumnix.Actors.Cluster;

/// <summary>What operators ask a node about the cluster.</summary>
public interface IClusterAdmin
{
    /// <summary>All instances this node has heard of, by id.</summary>
    Task<IReadOnlyList<InstanceStatus>> InstancesAsync(CancellationToken cancellationToken);

    /// <summary>The requests whose entities live on this node and have not ended, by id.</summary>
    Task<IReadOnlyList<RequestStatus>> RequestsAsync(CancellationToken cancellationToken);
}
