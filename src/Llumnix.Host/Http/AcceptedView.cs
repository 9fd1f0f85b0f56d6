namespace Llumnix.Host.Http;

/// <summary>The answer to an order that was taken.</summary>
internal sealed record AcceptedView(string Message);
