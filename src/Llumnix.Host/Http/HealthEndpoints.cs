namespace Llumnix.Host.Http;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: the node can do what its roles ask.</summary>
internal sealed class HealthEndpoints(Func<bool> isReady)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", context => JsonAnswer.SendAsync(context, new HealthView("live"), GatewayJson.Default.HealthView));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    private Task ReadyAsync(HttpContext context)
    {
        bool ready = isReady();
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return JsonAnswer.SendAsync(context, new HealthView(ready ? "ready" : "not ready"), GatewayJson.Default.HealthView);
    }
}
