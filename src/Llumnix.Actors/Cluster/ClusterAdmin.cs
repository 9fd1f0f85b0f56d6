using Akka.Actor;
using Llumnix.Actors.Protocols;

namespace Llumnix.Actors.Cluster;

/// <summary>Answers operators from what a node's own actors know.</summary>
/// <param name="instances">Who has heard of instances: the node's dispatcher, or the way to the global manager.</param>
/// <param name="receiver">The node's token receiver, which knows its entities; null where it is no gateway.</param>
internal sealed class ClusterAdmin(IActorRef instances, IActorRef? receiver) : IClusterAdmin
{
    public async Task<IReadOnlyList<InstanceStatus>> InstancesAsync(CancellationToken cancellationToken)
    {
        var answer = await instances
            .Ask<ManagerProtocol.Instances>(ManagerProtocol.ListInstances.Instance, System.Threading.Timeout.InfiniteTimeSpan, cancellationToken)
            .ConfigureAwait(false);
        return answer.All;
    }

    public async Task<IReadOnlyList<RequestStatus>> RequestsAsync(CancellationToken cancellationToken)
    {
        if (receiver is null) return [];

        var entities = await receiver
            .Ask<DeliveryProtocol.Entities>(DeliveryProtocol.ListEntities.Instance, System.Threading.Timeout.InfiniteTimeSpan, cancellationToken)
            .ConfigureAwait(false);
        var answers = await Task.WhenAll(entities.All.Select(entity => DescribeAsync(entity, cancellationToken))).ConfigureAwait(false);
        return [.. answers.OfType<RequestStatus>().OrderBy(request => request.Id)];
    }

    /// <summary>Null where the entity has left meanwhile.</summary>
    private static async Task<RequestStatus?> DescribeAsync(IActorRef entity, CancellationToken cancellationToken)
    {
        try
        {
            return await entity
                .Ask<RequestStatus>(RequestProtocol.Describe.Instance, TimeSpan.FromSeconds(1), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
