using System.Text.Encodings.Web;
using System.Text.Json;

namespace Llumnix.Host.Api;

/// <summary>How JSON is written to clients.</summary>
internal static class WireJson
{
    /// <summary>Text stays readable UTF-8: what is written goes out as JSON, never into a page.</summary>
    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
#if !DEBUG
        SkipValidation = true,
#endif
    };
}
