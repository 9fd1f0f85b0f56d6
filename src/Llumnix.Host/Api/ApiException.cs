using Llumnix.Actors.Sessions;

namespace Llumnix.Host.Api;

/// <summary>A call cannot be answered as asked: the status and the body, in OpenAI's form, that say why.</summary>
public sealed class ApiException : Exception
{
    public ApiException()
        : this(500, "server_error", null, null, "The server failed.")
    {
    }

    public ApiException(string message)
        : this(400, InvalidRequest, null, null, message)
    {
    }

    public ApiException(string message, Exception inner)
        : base(message, inner)
    {
        Status = 400;
        Type = InvalidRequest;
    }

    public ApiException(int status, string type, string? param, string? code, string message)
        : base(message)
    {
        Status = status;
        Type = type;
        Param = param;
        Code = code;
    }

    private const string InvalidRequest = "invalid_request_error";

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The error's class, for example <c>invalid_request_error</c>.</summary>
    public string Type { get; }

    /// <summary>The body's key that is wrong, where one is.</summary>
    public string? Param { get; }

    /// <summary>The error's name for programs, for example <c>context_length_exceeded</c>.</summary>
    public string? Code { get; }

    /// <summary>When the same call should succeed, where somebody can tell.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Whether the same call may succeed later, so that the answer carries <c>Retry-After</c>.</summary>
    public bool Retryable => Status is 429 or 503;

    /// <summary>400: one key of the body is wrong.</summary>
    public static ApiException Invalid(string? param, string message, string? code = null) => new(400, InvalidRequest, param, code, message);

    /// <summary>404: something named by the call is not there.</summary>
    public static ApiException NotFound(string? param, string? code, string message) => new(404, InvalidRequest, param, code, message);

    /// <summary>413: the body or frame is longer than the gateway takes.</summary>
    public static ApiException TooLarge(string message) => new(413, InvalidRequest, null, "request_too_large", message);

    /// <summary>500: a fault of ours.</summary>
    public static ApiException Internal(string message) => new(500, "server_error", null, "internal_error", message);

    /// <summary>503: not now.</summary>
    public static ApiException Unavailable(string message) => new(503, "service_unavailable_error", null, "unavailable", message);

    /// <summary>What a session's failure means to an API client.</summary>
    public static ApiException OfFailure(in GenerationEvent failure) => OfFailure(failure.Error, failure.Text, failure.RetryAfter);

    private static ApiException OfFailure(GenerationError error, string sentence, TimeSpan? retryAfter) => error switch
    {
        GenerationError.Invalid => Invalid(null, sentence),
        GenerationError.UnknownModel => NotFound("model", "model_not_found", sentence),
        GenerationError.Overloaded => new ApiException(429, "rate_limit_error", null, "overloaded", sentence) { RetryAfter = retryAfter },
        GenerationError.Unavailable => Unavailable(sentence),
        _ => Internal(sentence),
    };
}
