namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/admin/requests</c>.</summary>
internal sealed record RequestsView(IReadOnlyList<RequestView> Requests);
