using System.Text.Json.Serialization.Metadata;

namespace Llumnix.Host.Http;

/// <summary>Answers with an object of a known type.</summary>
internal static class JsonAnswer
{
    public static Task SendAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(value, type, "application/json", context.RequestAborted);
}
