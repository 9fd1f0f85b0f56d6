using System.Text.Json;

namespace Llumnix.Host.Tests.Fakes;

/// <summary>Short ways into JSON answers.</summary>
internal static class Shapes
{
    public static JsonElement Choice(this JsonElement answer, int index = 0) => answer.GetProperty("choices")[index];

    public static string? Text(this JsonElement element, string key) => element.GetProperty(key).GetString();

    public static int Number(this JsonElement element, string key) => element.GetProperty(key).GetInt32();
}
