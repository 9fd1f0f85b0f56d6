using Llumnix.Host.Models;

namespace Llumnix.Host.Http;

/// <summary><c>/v1/models</c>.</summary>
internal sealed class ModelEndpoints(ModelCatalog models)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", ListAsync);
        // A name may have slashes: organisation/model.
        routes.MapGet("/v1/models/{**name}", ShowAsync);
    }

    private Task ListAsync(HttpContext context) =>
        JsonAnswer.SendAsync(context, new ModelListView("list", [.. models.All.Select(View)]), GatewayJson.Default.ModelListView);

    private Task ShowAsync(HttpContext context) =>
        JsonAnswer.SendAsync(context, View(models.Named((string)context.Request.RouteValues["name"]!)), GatewayJson.Default.ModelView);

    private static ModelView View(ServedModel model) =>
        new(model.Name, "model", model.Created.ToUnixTimeSeconds(), "llumnix", model.Context);
}
