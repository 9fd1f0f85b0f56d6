using System.Net;
using Llumnix.Host.Playground;
using Llumnix.Host.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Llumnix.Host.Http;

/// <summary>Builds the web application: nothing of it depends on files or variables of the surroundings.</summary>
internal static class GatewayApp
{
    /// <param name="services">What stands behind it.</param>
    /// <param name="sockets">Bound sockets to listen on; the application disposes them.</param>
    /// <param name="configureLogging">Where its log goes.</param>
    public static WebApplication Build(GatewayServices services, ReservedAddress sockets, Action<ILoggingBuilder> configureLogging)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "llumnix" });
        configureLogging(builder.Logging);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = services.Options.DrainTimeout);
        builder.WebHost.UseKestrelCore().UseSockets(options => options.CreateBoundListenSocket = sockets.Take).ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            // The limit is kept where a body is read, and its answer says by which key it can be raised.
            options.Limits.MaxRequestBodySize = null;
            foreach (IPEndPoint address in sockets.Addresses) options.Listen(address, listen => listen.Protocols = HttpProtocols.Http1);
        });

        WebApplication app = builder.Build();
        ILogger log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("llumnix.gateway");
        app.Use(new Envelope(services.Options, log).InvokeAsync);
        if (services.Options.ApiKeys.Count > 0) app.Use(new ApiKeys(services.Options.ApiKeys).InvokeAsync);
        app.UseWebSockets();

        new ModelEndpoints(services.Models).Map(app);
        new GenerationEndpoints(services).Map(app);
        new TokenizeEndpoints(services).Map(app);
        new HealthEndpoints(services).Map(app);
        new AdminEndpoints(services.Admin, services.Options.MaxBody).Map(app);
        new StreamEndpoint(services, log, app.Lifetime.ApplicationStopping).Map(app);
        PlaygroundPage.Map(app);
        return app;
    }
}
