using System.Net;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Metrics;
using Llumnix.Host.Metrics;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Llumnix.Host.Http;

/// <summary>
/// Builds the web application of any node: its health and metrics, and what its roles add. Nothing of it depends on files or variables of the
/// surroundings.
/// </summary>
internal static class NodeApp
{
    /// <param name="options">The section <c>llumnix.gateway</c>.</param>
    /// <param name="isReady">Whether the node can do now what its roles ask.</param>
    /// <param name="metrics">What the node measures.</param>
    /// <param name="cluster">Whom to ask how even the load is; null on a node that does not know.</param>
    /// <param name="sockets">Bound sockets to listen on; the application disposes them.</param>
    /// <param name="configureLogging">Where its log goes.</param>
    /// <param name="map">Adds what the node's roles serve.</param>
    public static WebApplication Build(
        GatewayOptions options,
        Func<bool> isReady,
        NodeMetrics metrics,
        IClusterAdmin? cluster,
        ReservedAddress sockets,
        Action<ILoggingBuilder> configureLogging,
        Action<WebApplication, ILogger>? map = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "llumnix" });
        configureLogging(builder.Logging);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);
        builder.WebHost.UseKestrelCore().UseSockets(transport => transport.CreateBoundListenSocket = sockets.Take).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The limit is kept where a body is read, and its answer says by which key it can be raised.
            kestrel.Limits.MaxRequestBodySize = null;
            foreach (IPEndPoint address in sockets.Addresses) kestrel.Listen(address, listen => listen.Protocols = HttpProtocols.Http1);
        });

        WebApplication app = builder.Build();
        ILogger log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("llumnix.gateway");
        app.Use(new Envelope(options, log).InvokeAsync);
        if (options.ApiKeys.Count > 0) app.Use(new ApiKeys(options.ApiKeys).InvokeAsync);
        new HealthEndpoints(isReady).Map(app);
        MetricsEndpoint.Map(app, metrics, cluster);
        map?.Invoke(app, log);
        return app;
    }
}
