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

    /// <summary>What a client is told to wait, in whole seconds as HTTP has it.</summary>
    /// <param name="error">What went wrong; it may know best.</param>
    /// <param name="unless">What to say where it does not.</param>
    public static long Seconds(ApiException error, TimeSpan unless) =>
        (long)Math.Max(1, Math.Ceiling((error.RetryAfter ?? unless).TotalSeconds));

    /// <summary>Answers a call that has not begun to be answered.</summary>
    public static async Task AnswerAsync(HttpContext context, ApiException error, TimeSpan retryAfter)
    {
        HttpResponse response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        if (error.Retryable) response.Headers.RetryAfter = Seconds(error, retryAfter).ToString(provider: null);

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
