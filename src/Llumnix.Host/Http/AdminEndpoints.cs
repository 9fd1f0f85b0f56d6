using System.Text.Json;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Protocols;
using Llumnix.Host.Api;
using Llumnix.Host.Bodies;
using Llumnix.Scheduling;

namespace Llumnix.Host.Http;

/// <summary>What operators ask: <c>/admin/instances</c>, <c>/admin/requests</c>, <c>/admin/migrations</c>, <c>/admin/audit</c>; and order: moves and draining.</summary>
internal sealed class AdminEndpoints(IClusterAdmin admin, long maxBody)
{
    private const string Drain = "/drain", Undrain = "/undrain";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/instances", InstancesAsync);
        routes.MapGet("/admin/requests", RequestsAsync);
        routes.MapGet("/admin/migrations", MigrationsAsync);
        routes.MapGet("/admin/audit", AuditAsync);
        routes.MapPost("/admin/migrate", MigrateAsync);
        // An instance's id has a slash of its own.
        routes.MapPost("/admin/instances/{**order}", OrderAsync);
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

    private async Task MigrationsAsync(HttpContext context)
    {
        IReadOnlyList<MigrationRecord> migrations = await admin.MigrationsAsync(context.RequestAborted);
        await JsonAnswer.SendAsync(context, new MigrationsView([.. migrations.Select(MigrationView.Of)]), GatewayJson.Default.MigrationsView);
    }

    private async Task AuditAsync(HttpContext context)
    {
        ClusterAudit audit = await admin.AuditAsync(context.RequestAborted);
        await JsonAnswer.SendAsync(context, AuditView.Of(audit), GatewayJson.Default.AuditView);
    }

    private async Task MigrateAsync(HttpContext context)
    {
        using ReceivedBody received = await BodyReceiver.ReceiveAsync(context.Request, maxBody, context.RequestAborted);
        using JsonDocument document = JsonBody.Parse(received.Bytes, "body");
        var body = new JsonBody(document.RootElement);
        string request = body.String("request_id") ?? throw ApiException.Invalid("request_id", "request_id is missing; give the id that /admin/requests shows.");
        string to = body.String("to") ?? throw ApiException.Invalid("to", "to is missing; give the id of an instance that /admin/instances shows.");
        if (!RequestId.TryParse(request, out RequestId id))
            throw ApiException.Invalid("request_id", $"request_id is {request}; it must be 32 hexadecimal digits.");

        Refuse(await admin.MigrateAsync(id, new InstanceId(to), context.RequestAborted));
        await AcceptAsync(context, $"Request {request} is on its way to {to}; /admin/migrations tells how it went.");
    }

    private async Task OrderAsync(HttpContext context, string order)
    {
        bool on = order.EndsWith(Drain, StringComparison.Ordinal);
        if (!on && !order.EndsWith(Undrain, StringComparison.Ordinal))
            throw ApiException.NotFound(null, null, $"An instance can be drained and undrained: POST /admin/instances/ID{Drain} or ID{Undrain}.");

        string instance = Uri.UnescapeDataString(order[..^(on ? Drain : Undrain).Length]);
        Refuse(await admin.DrainAsync(new InstanceId(instance), on, context.RequestAborted));
        await AcceptAsync(context, on ? $"{instance} takes no further requests and moves its own to others." : $"{instance} takes requests.");
    }

    private static void Refuse(string? problem)
    {
        if (problem is not null) throw new ApiException(409, "invalid_request_error", null, "not_possible", problem);
    }

    private static Task AcceptAsync(HttpContext context, string message)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return JsonAnswer.SendAsync(context, new AcceptedView(message), GatewayJson.Default.AcceptedView);
    }
}
