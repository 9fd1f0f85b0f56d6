using Akka.Actor;
using Akka.Cluster.Sharding;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Cluster;

/// <summary>Answers operators from what a node's own actors know.</summary>
/// <param name="instances">Who has heard of instances: the node's dispatcher, or the way to the global manager.</param>
/// <param name="receiver">The node's token receiver, which knows its entities; null where it is no gateway.</param>
/// <param name="parts">What else the node consists of.</param>
/// <param name="manager">The way to the global manager while the cluster has a node for it; null gives orders to instances directly.</param>
internal sealed class ClusterAdmin(IActorRef instances, IActorRef? receiver, NodeParts? parts = null, Func<IActorRef?>? manager = null) : IClusterAdmin
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

    public async Task<string?> MigrateAsync(RequestId request, InstanceId to, MigrationMethod? method, CancellationToken cancellationToken)
    {
        var known = await ListActorsAsync(cancellationToken).ConfigureAwait(false);
        int target = Array.IndexOf(known.Instances, to);
        if (target < 0) return $"There is no instance {to}; there are {string.Join(", ", known.Instances)}.";

        var order = new MigrationProtocol.Migrate(request, to, known.Actors[target], method);
        var answers = await Task.WhenAll(known.Actors.Select(actor => AskAsync<MigrationProtocol.MigrateAnswer>(actor, order, cancellationToken)))
            .ConfigureAwait(false);
        var answer = answers.FirstOrDefault(answer => answer is { Known: true });
        return answer is null ? $"No instance has a request {request}." : answer.Problem.Length == 0 ? null : answer.Problem;
    }

    public async Task<MigrationProtocol.MigrateSomeAnswer> MigrateSomeAsync(
        InstanceId from, InstanceId to, MoveLimits limits, CancellationToken cancellationToken)
    {
        var through = manager?.Invoke();
        if (through is not null && !await IsThereAsync(through, [from, to], cancellationToken).ConfigureAwait(false))
            return new MigrationProtocol.MigrateSomeAnswer(from, to, [], "The global manager does not answer; give the order again when it is back.");

        var order = new ManagerProtocol.MigrateSome(from, to, limits);
        return await AskAsync<MigrationProtocol.MigrateSomeAnswer>(through ?? instances, order, cancellationToken).ConfigureAwait(false)
            ?? new MigrationProtocol.MigrateSomeAnswer(
                from, to, [], through is null ? $"The instance {from} does not answer." : $"The global manager, or the instance {from}, does not answer.");
    }

    public async Task<string?> DrainAsync(InstanceId instance, bool on, CancellationToken cancellationToken)
    {
        var known = await ListActorsAsync(cancellationToken).ConfigureAwait(false);
        int drained = Array.IndexOf(known.Instances, instance);
        if (drained < 0) return $"There is no instance {instance}; there are {string.Join(", ", known.Instances)}.";

        int[] others = [.. Enumerable.Range(0, known.Actors.Length).Where(i => i != drained && known.TakesRequests[i] && known.Models[i] == known.Models[drained])];
        if (on && others.Length == 0) return $"No other instance can take the requests of {instance}.";

        var order = new MigrationProtocol.Drain(on, [.. others.Select(i => known.Instances[i])], [.. others.Select(i => known.Actors[i])]);
        var answer = await AskAsync<MigrationProtocol.DrainAnswer>(known.Actors[drained], order, cancellationToken).ConfigureAwait(false);
        return answer is null ? $"The instance {instance} does not answer." : null;
    }

    public async Task<ScalingStatus?> ScalingAsync(CancellationToken cancellationToken) => manager?.Invoke() is { } through
        ? (await AskAsync<ScalingProtocol.Scaling>(through, ScalingProtocol.Describe.Instance, cancellationToken).ConfigureAwait(false))?.Status
        : null;

    public async Task<IReadOnlyList<MigrationRecord>> MigrationsAsync(CancellationToken cancellationToken)
    {
        var known = await ListActorsAsync(cancellationToken).ConfigureAwait(false);
        var answers = await Task.WhenAll(known.Actors.Select(
            actor => AskAsync<MigrationProtocol.Migrations>(actor, MigrationProtocol.ListMigrations.Instance, cancellationToken))).ConfigureAwait(false);
        return [.. answers.Where(answer => answer is not null).SelectMany(answer => answer!.All).OrderBy(record => record.StartedAt)];
    }

    public async Task<ClusterAudit> AuditAsync(CancellationToken cancellationToken)
    {
        var known = await ListActorsAsync(cancellationToken).ConfigureAwait(false);
        var answers = await Task.WhenAll(known.Actors.Select(
            actor => AskAsync<InstanceAudit>(actor, AuditProtocol.AuditInstance.Instance, cancellationToken))).ConfigureAwait(false);
        var sessions = parts?.Sessions is { } askable
            ? await AskAsync<AuditProtocol.Sessions>(askable, AuditProtocol.CountSessions.Instance, cancellationToken).ConfigureAwait(false)
            : null;
        var shards = parts?.Entities is { } region
            ? await AskAsync<CurrentShardRegionState>(region, GetShardRegionState.Instance, cancellationToken).ConfigureAwait(false)
            : null;
        var followed = receiver is null
            ? null
            : await AskAsync<DeliveryProtocol.Entities>(receiver, DeliveryProtocol.ListEntities.Instance, cancellationToken).ConfigureAwait(false);
        var node = new NodeAudit(
            sessions?.Count ?? 0,
            shards?.Shards.Sum(static shard => shard.EntityIds.Count) ?? 0,
            followed?.All.Count ?? 0,
            parts?.Transport?.Inbox.Count ?? 0,
            parts?.Transport?.IdleConnections ?? 0,
            parts?.Transport?.IncomingConnections ?? 0);
        return new ClusterAudit(node, [.. answers.OfType<InstanceAudit>().OrderBy(audit => audit.Instance)]);
    }

    /// <summary>
    /// Waits for a manager that has just started: what is sent before it is found is lost, and it knows no instance before their reports.
    /// An order, which must not be given twice, follows only then.
    /// </summary>
    private static async Task<bool> IsThereAsync(IActorRef manager, InstanceId[] wanted, CancellationToken cancellationToken)
    {
        const int Tries = 5;
        var pause = TimeSpan.FromMilliseconds(250);
        bool answered = false;
        for (int tries = 0; tries < Tries; tries++)
        {
            var known = await AskAsync<ManagerProtocol.Instances>(manager, ManagerProtocol.ListInstances.Instance, cancellationToken).ConfigureAwait(false);
            if (known is not null && wanted.All(id => known.All.Any(instance => instance.Id == id))) return true;

            answered |= known is not null;
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }

        return answered;
    }

    private Task<ManagerProtocol.InstanceActors> ListActorsAsync(CancellationToken cancellationToken) =>
        instances.Ask<ManagerProtocol.InstanceActors>(ManagerProtocol.ListActors.Instance, System.Threading.Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Null where nobody answers.</summary>
    private static async Task<T?> AskAsync<T>(IActorRef actor, object question, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await actor.Ask<T>(question, TimeSpan.FromSeconds(2), cancellationToken).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
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
