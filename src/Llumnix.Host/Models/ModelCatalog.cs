using Llumnix.Host.Api;
using Llumnix.Host.Bodies;

namespace Llumnix.Host.Models;

/// <summary>The models this gateway serves, at least one, by name.</summary>
internal sealed class ModelCatalog(IReadOnlyList<ServedModel> models)
{
    public IReadOnlyList<ServedModel> All { get; } = models;

    /// <summary>The model that a body names; the first one where it names none.</summary>
    public ServedModel Of(JsonBody body) => body.String("model") is { } name ? Named(name) : All[0];

    /// <summary>The model of this name.</summary>
    public ServedModel Named(string name) =>
        All.FirstOrDefault(model => model.Name == name)
        ?? throw ApiException.NotFound(
            "model", "model_not_found", $"The model {name} is not served here; {string.Join(", ", All.Select(model => model.Name))} is.");
}
