using System.Text.Json;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Protocols;
using Llumnix.Host.Api;
using Llumnix.Host.Bodies;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Priorities;
using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Host.Http;

/// <summary>What operators ask: <c>/admin/instances</c>, <c>/admin/requests</c>, <c>/admin/migrations</c>, <c>/admin/scaling</c>, <c>/admin/audit</c>; and order: moves and draining.</summary>
internal sealed class AdminEndpoints(IClusterAdmin admin, PriorityClasses priorities, long maxBody)
{
    private const string Drain = "/drain", Undrain = "/undrain", Migrate = "/migrate";

    /// <summary>More than any instance may have under way at once.</summary>
    private const int MostMoves = 1000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/instances", InstancesAsync);
        routes.MapGet("/admin/requests", RequestsAsync);
        routes.MapGet("/admin/migrations", MigrationsAsync);
        routes.MapGet("/admin/scaling", ScalingAsync);
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
        await JsonAnswer.SendAsync(context, new RequestsView([.. requests.Select(request => RequestView.Of(request, priorities))]), GatewayJson.Default.RequestsView);
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

    private async Task ScalingAsync(HttpContext context)
    {
        ScalingStatus status = await admin.ScalingAsync(context.RequestAborted)
            ?? throw ApiException.Unavailable("The cluster has no global manager that answers at present, and so nobody starts or ends instances.");
        await JsonAnswer.SendAsync(context, ScalingView.Of(status), GatewayJson.Default.ScalingView);
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

    private Task OrderAsync(HttpContext context, string order)
    {
        if (Named(order, Drain) is { } drained) return DrainAsync(context, drained, on: true);
        if (Named(order, Undrain) is { } undrained) return DrainAsync(context, undrained, on: false);
        if (Named(order, Migrate) is { } source) return MigrateSomeAsync(context, source);
        throw ApiException.NotFound(
            null, null, $"An instance can be drained, undrained and relieved of requests: POST /admin/instances/ID{Drain}, ID{Undrain} or ID{Migrate}.");
    }

    private async Task DrainAsync(HttpContext context, InstanceId instance, bool on)
    {
        Refuse(await admin.DrainAsync(instance, on, context.RequestAborted));
        await AcceptAsync(context, on ? $"{instance} takes no further requests and moves its own to others." : $"{instance} takes requests.");
    }

    private async Task MigrateSomeAsync(HttpContext context, InstanceId from)
    {
        using ReceivedBody received = await BodyReceiver.ReceiveAsync(context.Request, maxBody, context.RequestAborted);
        using JsonDocument document = JsonBody.Parse(received.Bytes, "body");
        var body = new JsonBody(document.RootElement);
        string to = body.String("to") ?? throw ApiException.Invalid("to", "to is missing; give the id of an instance that /admin/instances shows.");
        int count = body.Integer("count") ?? 1;
        if (count is < 1 or > MostMoves) throw ApiException.Invalid("count", $"count is {count}, but must be a whole number from 1 to {MostMoves}.");

        MigrationProtocol.MigrateSomeAnswer answer = await admin.MigrateSomeAsync(from, new InstanceId(to), new MoveLimits(count), context.RequestAborted);
        if (answer.Begun.Length == 0 && answer.Problem.Length > 0) Refuse(answer.Problem);
        string message = answer.Begun.Length switch
        {
            0 => $"{from} has no request to move.",
            1 => $"1 request is on its way from {from} to {to}; /admin/migrations tells how it went.",
            int begun => $"{begun} requests are on their way from {from} to {to}; /admin/migrations tells how it went.",
        };
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await JsonAnswer.SendAsync(
            context,
            new MoveOrderView(answer.Problem.Length == 0 ? message : $"{message} No more: {answer.Problem}", [.. answer.Begun.Select(request => request.ToString())]),
            GatewayJson.Default.MoveOrderView);
    }

    /// <summary>The instance that an order's path names before the order; null where it is another order.</summary>
    private static InstanceId? Named(string path, string order) =>
        path.EndsWith(order, StringComparison.Ordinal) ? new InstanceId(Uri.UnescapeDataString(path[..^order.Length])) : null;

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
