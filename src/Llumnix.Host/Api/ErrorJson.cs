using System.Text.Json;

namespace Llumnix.Host.Api;

/// <summary>Writes errors in OpenAI's form: <c>{"error":{"message","type","param","code"}}</c>.</summary>
internal static class ErrorJson
{
    /// <summary>Writes the property <c>error</c> into an open object.</summary>
    public static void Write(Utf8JsonWriter json, ApiException error)
    {
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, error.Message);
        json.WriteString("type"u8, error.Type);
        json.WriteString("param"u8, error.Param);
        json.WriteString("code"u8, error.Code);
        json.WriteEndObject();
    }

    /// <summary>Answers a call that has not begun to be answered.</summary>
    public static async Task AnswerAsync(HttpContext context, ApiException error, TimeSpan retryAfter)
    {
        HttpResponse response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        if (error.Retryable)
        {
            response.Headers.RetryAfter = ((long)Math.Max(1, Math.Ceiling(retryAfter.TotalSeconds))).ToString(provider: null);
        }

        if (error.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";

        using (var json = new Utf8JsonWriter(response.BodyWriter, WireJson.Options))
        {
            json.WriteStartObject();
            Write(json, error);
            json.WriteEndObject();
        }

        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
