using Llumnix.Actors.Cluster;

namespace Llumnix.Host.Http;

/// <summary><c>/admin/instances</c> and <c>/admin/requests</c>.</summary>
internal sealed class AdminEndpoints(IClusterAdmin admin)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/instances", InstancesAsync);
        routes.MapGet("/admin/requests", RequestsAsync);
    }

    private async Task InstancesAsync(HttpContext context)
    {
        IReadOnlyList<InstanceStatus> instances = await admin.InstancesAsync(context.RequestAborted);
        await JsonAnswer.SendAsync(context, new InstancesView([.. instances.Select(InstanceView.Of)]), GatewayJson.Default.InstancesView);
    }

    private async Task RequestsAsync(HttpContext context)
    {
        IReadOnlyList<RequestStatus> requests = await admin.RequestsAsync(context.RequestAborted);
        await JsonAnswer.SendAsync(context, new RequestsView([.. requests.Select(RequestView.Of)]), GatewayJson.Default.RequestsView);
    }
}
