using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Llumnix.Training.Tokenization;

internal static class JsonFile
{
    // The characters of a byte-level vocabulary stay readable, as in everybody else's files.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(JsonNode node, string path) => File.WriteAllText(path, node.ToJsonString(Readable) + "\n");
}
