using Llumnix.Actors.Cluster;
using Llumnix.Actors.Metrics;
using Prometheus;

namespace Llumnix.Host.Metrics;

/// <summary><c>GET /metrics</c>: what the node measures, in the text format of Prometheus.</summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    /// <param name="app">Serves it, and ends the collecting with itself.</param>
    /// <param name="metrics">What the node measures.</param>
    /// <param name="cluster">Whom to ask how even the load is; null on a node that does not know.</param>
    public static void Map(WebApplication app, NodeMetrics metrics, IClusterAdmin? cluster)
    {
        CollectorRegistry registry = Prometheus.Metrics.NewCustomRegistry();
        DotNetStats.Register(registry);
        var export = new MetricsExport(registry, metrics);
        app.Lifetime.ApplicationStopped.Register(export.Dispose);
        registry.AddBeforeCollectCallback(export.Collect);
        if (cluster is not null) registry.AddBeforeCollectCallback(new ImbalanceExport(registry, cluster).CollectAsync);
        app.MapMetrics(settings => settings.Registry = registry, Path);
    }
}
