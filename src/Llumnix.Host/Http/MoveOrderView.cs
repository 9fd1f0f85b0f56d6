namespace Llumnix.Host.Http;

/// <summary>The answer to an order to move some of an instance's requests.</summary>
/// <param name="Begun">The ids of the requests on their way.</param>
internal sealed record MoveOrderView(string Message, string[] Begun);
