namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/v1/models</c>.</summary>
internal sealed record ModelListView(string Object, IReadOnlyList<ModelView> Data);
