using Llumnix.Actors.Configuration;
using Llumnix.Host.Api;
using Llumnix.Host.Generation;

namespace Llumnix.Host.Http;

/// <summary>What every answer has in common: an <c>x-request-id</c>, and errors in OpenAI's form, or a broken connection in mid-stream.</summary>
internal sealed class Envelope(GatewayOptions options, ILogger log)
{
    public const string RequestIdHeader = "x-request-id";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers[RequestIdHeader] = RequestIds.Next().ToString();
        ApiException? error = null;
        try
        {
            await next(context);
            if (!HasBegun(context.Response)) error = OfStatus(context);
        }
        catch (ApiException refused)
        {
            error = refused;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || HasBegun(context.Response))
        {
            // The client left, or this server closes its connections; the answer notices at times before the request does.
            context.Abort();
            return;
        }
        catch (BadHttpRequestException malformed)
        {
            error = new ApiException(malformed.StatusCode, "invalid_request_error", null, null, $"The request is malformed: {malformed.Message}");
        }
        catch (Exception fault) when (!context.RequestAborted.IsCancellationRequested)
        {
            string id = context.Response.Headers[RequestIdHeader].ToString();
            log.LogError(fault, "{Method} {Path} failed, request {Id}", context.Request.Method, context.Request.Path, id);
            error = ApiException.Internal($"The server failed; its log says why under request {id}.");
        }

        if (error is null) return;
        if (HasBegun(context.Response))
        {
            log.LogWarning("Request {Id} ended in mid-answer: {Sentence}", context.Response.Headers[RequestIdHeader].ToString(), error.Message);
            context.Abort();
            return;
        }

        await ErrorJson.AnswerAsync(context, error, options.RetryAfter);
    }

    /// <summary>Whether bytes of an answer are on their way, sent or not.</summary>
    private static bool HasBegun(HttpResponse response) =>
        response.HasStarted || (response.BodyWriter.CanGetUnflushedBytes && response.BodyWriter.UnflushedBytes > 0);

    private static ApiException? OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        404 => ApiException.NotFound(null, "unknown_url", $"There is nothing at {context.Request.Method} {context.Request.Path}."),
        405 => new ApiException(
            405, "invalid_request_error", null, "method_not_allowed", $"{context.Request.Path} does not take {context.Request.Method}."),
        _ => null,
    };
}
