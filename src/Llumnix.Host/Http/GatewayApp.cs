using Llumnix.Host.Playground;
using Llumnix.Host.WebSockets;

namespace Llumnix.Host.Http;

/// <summary>Builds the web application of a gateway: that of any node, with what clients and operators ask.</summary>
internal static class GatewayApp
{
    /// <param name="services">What stands behind it.</param>
    /// <param name="sockets">Bound sockets to listen on; the application disposes them.</param>
    /// <param name="configureLogging">Where its log goes.</param>
    public static WebApplication Build(GatewayServices services, ReservedAddress sockets, Action<ILoggingBuilder> configureLogging) =>
        NodeApp.Build(services.Options, services.IsReady, services.Metrics, services.Admin, sockets, configureLogging, (app, log) =>
        {
            app.UseWebSockets();
            new ModelEndpoints(services.Models).Map(app);
            new GenerationEndpoints(services).Map(app);
            new TokenizeEndpoints(services).Map(app);
            new AdminEndpoints(services.Admin, services.Priorities, services.Options.MaxBody).Map(app);
            new StreamEndpoint(services, log, app.Lifetime.ApplicationStopping).Map(app);
            PlaygroundPage.Map(app);
        });
}
