using Llumnix.Host.Api;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Host.Generation;

/// <summary>Finish reasons as clients know them.</summary>
internal static class FinishWords
{
    /// <summary>OpenAI clients throw on words they do not know: only <c>stop</c> and <c>length</c> may be said to them.</summary>
    public static string ForOpenAi(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Cancelled => throw new ApiException(410, "invalid_request_error", null, "cancelled", "The request was cancelled on the server."),
        _ => throw ApiException.Internal("The request failed on the server."),
    };

    /// <summary>The words of socket frames.</summary>
    public static string ForSocket(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Cancelled => "cancelled",
        _ => "failed",
    };
}
