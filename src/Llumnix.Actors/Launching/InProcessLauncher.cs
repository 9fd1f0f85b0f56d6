using Akka.Actor;
using Akka.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Instances;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Scaling;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Llumnix.Actors.Launching;

/// <summary>
/// Adds instances to the nodes there are, to the global manager's own first, while memory and cores allow, and ends those that it or a
/// node's start brought.
/// </summary>
/// <param name="system">The actor system of the manager's node.</param>
/// <param name="random">Draws the names of orders.</param>
internal sealed class InProcessLauncher(ActorSystem system, Random random) : IInstanceLauncher
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(2);

    private readonly AkkaCluster _cluster = AkkaCluster.Get(system);

    public async Task<LaunchPlace> StartAsync(string model, CancellationToken cancellationToken)
    {
        var refusals = new List<string>();
        foreach (var node in Nodes())
        {
            var (added, why) = await AddAsync(node, model, cancellationToken).ConfigureAwait(false);
            if (added is { } instance) return new LaunchPlace(instance.Name);
            refusals.Add($"{node.Host}:{node.Port}: {why}");
        }

        throw new LaunchException(refusals.Count == 0
            ? "No node of the cluster has the role instance, so none can take one more."
            : $"No node takes one more instance of {model}: {string.Join("; ", refusals)}.");
    }

    /// <summary>What was added but does not report is ended.</summary>
    public Task GiveUpAsync(string model, LaunchPlace place, CancellationToken cancellationToken) =>
        EndAsync(model, new InstanceId(place.Name), cancellationToken);

    public bool CanEnd(string model, InstanceId instance, IReadOnlyList<InstanceId> all) => NodeOf(instance) is not null;

    public async Task EndAsync(string model, InstanceId instance, CancellationToken cancellationToken)
    {
        // A node that is gone has none.
        if (NodeOf(instance) is not { } node) return;
        try
        {
            await AskAsync(node, new InstancesProtocol.End(instance), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new LaunchException($"The node {node.Host}:{node.Port} has not ended {instance} yet.", e);
        }
    }

    /// <summary>None: what an earlier manager ordered is added soon, and then reports.</summary>
    public Task<int> CountStartingAsync(string model, IReadOnlyList<InstanceId> all, CancellationToken cancellationToken) => Task.FromResult(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<(InstanceId? Instance, string Why)> AddAsync(Address node, string model, CancellationToken cancellationToken)
    {
        long ticket = random.NextInt64();
        try
        {
            object? answer = await AskAsync(node, new InstancesProtocol.Add(model, ticket), cancellationToken).ConfigureAwait(false);
            return answer switch
            {
                InstancesProtocol.Added added => (added.Instance, ""),
                InstancesProtocol.NotAdded refused => (null, refused.Reason),
                _ => (null, "it left the cluster"),
            };
        }
        catch (OperationCanceledException)
        {
            On(node).Tell(new InstancesProtocol.Withdraw(ticket), ActorRefs.NoSender);
            throw;
        }
    }

    /// <summary>Asks again and again, for a question may be lost, or come before the node's actors; null once the node is gone.</summary>
    private async Task<object?> AskAsync(Address node, object question, CancellationToken cancellationToken)
    {
        while (Nodes().Contains(node))
        {
            try
            {
                return await On(node).Ask<object>(question, AskAgainAfter, cancellationToken).ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                // Whoever is still at it knows the question by its ticket, or by its instance.
            }
        }

        return null;
    }

    /// <summary>The nodes that run instances, the manager's own first.</summary>
    private IEnumerable<Address> Nodes() => _cluster.State.Members
        .Where(member => member.Status == MemberStatus.Up && member.HasRole(NodeRoles.Instance))
        .Select(member => member.Address)
        .OrderBy(address => address == _cluster.SelfAddress ? 0 : 1)
        .ThenBy(address => address.Host, StringComparer.Ordinal)
        .ThenBy(address => address.Port);

    private Address? NodeOf(InstanceId instance) => Nodes().FirstOrDefault(node => LaunchPlace.OfNode($"{node.Host}:{node.Port}").Holds(instance));

    private ActorSelection On(Address node) => system.ActorSelection(new RootActorPath(node) / "user" / InstancesActor.Name);
}
