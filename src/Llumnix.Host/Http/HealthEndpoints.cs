namespace Llumnix.Host.Http;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: requests can be served.</summary>
internal sealed class HealthEndpoints(GatewayServices gateway)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", context => JsonAnswer.SendAsync(context, new HealthView("live"), GatewayJson.Default.HealthView));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    private Task ReadyAsync(HttpContext context)
    {
        bool ready = gateway.IsReady();
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return JsonAnswer.SendAsync(context, new HealthView(ready ? "ready" : "not ready"), GatewayJson.Default.HealthView);
    }
}
