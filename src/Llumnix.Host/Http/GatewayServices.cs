using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Metrics;
using Llumnix.Actors.Sessions;
using Llumnix.Host.Models;
using Llumnix.Scheduling.Priorities;

namespace Llumnix.Host.Http;

/// <summary>What stands behind the gateway.</summary>
/// <param name="Client">The way into the cluster.</param>
/// <param name="Admin">What operators may ask.</param>
/// <param name="Models">The models served.</param>
/// <param name="Options">The section <c>llumnix.gateway</c>.</param>
/// <param name="IsReady">Whether requests can be served now.</param>
/// <param name="Metrics">What the node measures.</param>
/// <param name="Time">The clock of <c>created</c>.</param>
internal sealed record GatewayServices(
    IGenerationClient Client, IClusterAdmin Admin, ModelCatalog Models, GatewayOptions Options, Func<bool> IsReady, NodeMetrics Metrics, TimeProvider Time)
{
    /// <summary>The priority classes a body may name.</summary>
    public PriorityClasses Priorities { get; init; } = PriorityClasses.Standard;

    /// <summary>Those of a node that has the role gateway.</summary>
    public static GatewayServices Of(LlumnixNode node, GatewayOptions options) => new(
        node.Client ?? throw new ArgumentException("This node is no gateway.", nameof(node)),
        node.Admin,
        new ModelCatalog([.. node.Models.Select(model => ServedModel.Of(model.Name, model.Folder, model.Created))]),
        options,
        () => node.Ready,
        node.Metrics,
        TimeProvider.System)
    {
        Priorities = node.Priorities,
    };
}
