using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Loading;

/// <summary>
/// One JSON object of a model folder, read key by key. Every complaint is a <see cref="ModelLoadException"/> that names the file, the key,
/// the value found and what was wanted. A key that is absent and one that is <c>null</c> are the same.
/// </summary>
internal sealed class JsonSection
{
    private readonly string _prefix;

    private JsonSection(string file, string prefix, JsonElement element)
    {
        File = file;
        _prefix = prefix;
        Element = element;
    }

    public string File { get; }

    public JsonElement Element { get; }

    /// <summary>Reads a file whose top is one JSON object.</summary>
    public static JsonSection Load(string path)
    {
        if (!System.IO.File.Exists(path)) throw new ModelLoadException($"{path} does not exist.");

        return Parse(path, ReadFile(path));
    }

    /// <summary>A file's bytes; a <see cref="ModelLoadException"/> where it cannot be read.</summary>
    public static byte[] ReadFile(string path)
    {
        try
        {
            return System.IO.File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException($"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The file's object, or null where there is no such file.</summary>
    public static JsonSection? LoadIfPresent(string path) => System.IO.File.Exists(path) ? Load(path) : null;

    public static JsonSection Parse(string file, ReadOnlyMemory<byte> json)
    {
        if (json.Span.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(json.Span)) throw new ModelLoadException($"{file} is not valid JSON: it is not UTF-8.");
        JsonElement root;
        try
        {
            root = JsonDocument.Parse(json).RootElement;
        }
        catch (JsonException error)
        {
            throw new ModelLoadException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file} is not valid JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}."),
                error);
        }

        return root.ValueKind == JsonValueKind.Object
            ? new JsonSection(file, "", root)
            : throw new ModelLoadException($"{file} must hold one JSON object, not {Describe(root)}.");
    }

    public bool Has(string key) => TryGet(key, out _);

    public bool TryGet(string key, out JsonElement value) =>
        Element.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    public JsonSection? OptionalSection(string key)
    {
        if (!TryGet(key, out var value)) return null;
        return value.ValueKind == JsonValueKind.Object
            ? new JsonSection(File, $"{_prefix}{key}.", value)
            : throw Wrong(key, value, "an object");
    }

    public JsonSection Section(string key) => OptionalSection(key) ?? throw Missing(key);

    /// <summary>An object inside a list, for complaints named <c>key[index]</c>.</summary>
    public JsonSection Item(string key, int index, JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
            ? new JsonSection(File, string.Create(CultureInfo.InvariantCulture, $"{_prefix}{key}[{index}]."), item)
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"{key}[{index}]"), item, "an object");

    /// <summary>The object's keys and values, as they stand in the file.</summary>
    public IEnumerable<KeyValuePair<string, JsonElement>> Members()
    {
        foreach (var property in Element.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                throw new ModelLoadException($"{File}: the key {Describe(property)} is not valid Unicode text.");
            }

            yield return new(name, property.Value);
        }
    }

    /// <summary>The text of a JSON string that is the value of <paramref name="key"/> or stands in it; another kind of value is refused.</summary>
    public string Text(string key, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) throw Wrong(key, value, "a string");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // A JSON string may spell half a surrogate pair, which is no text.
            throw Wrong(key, value, "valid Unicode text");
        }
    }

    /// <summary>The objects of a list; none where the key is absent.</summary>
    public IEnumerable<JsonSection> Items(string key)
    {
        int index = 0;
        foreach (var item in OptionalArray(key)) yield return Item(key, index++, item);
    }

    public IEnumerable<JsonElement> OptionalArray(string key)
    {
        if (!TryGet(key, out var value)) return [];
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(key, value, "a list");
    }

    public int? OptionalInt(string key, int least = int.MinValue)
    {
        if (!TryGet(key, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least) return number;
        throw Wrong(
            key,
            value,
            least == int.MinValue
                ? "a whole number"
                : string.Create(CultureInfo.InvariantCulture, $"a whole number of at least {least}"));
    }

    public int Int(string key, int least = int.MinValue) => OptionalInt(key, least) ?? throw Missing(key);

    public double? OptionalNumber(string key)
    {
        if (!TryGet(key, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(key, value, "a number");
    }

    public double? OptionalPositive(string key)
    {
        double? number = OptionalNumber(key);
        return number is null or > 0 ? number : throw Wrong(key, Element.GetProperty(key), "a number above 0");
    }

    public double Positive(string key) => OptionalPositive(key) ?? throw Missing(key);

    public bool? OptionalBool(string key)
    {
        if (!TryGet(key, out var value)) return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(key, value, "true or false");
    }

    public string? OptionalString(string key)
    {
        if (!TryGet(key, out var value)) return null;
        return Text(key, value);
    }

    public string String(string key) => OptionalString(key) ?? throw Missing(key);

    /// <summary>A whole number or a list of them; empty where the key is absent.</summary>
    public int[] IntOrInts(string key)
    {
        if (!TryGet(key, out var value)) return [];
        var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
        var numbers = new int[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].ValueKind != JsonValueKind.Number || !items[i].TryGetInt32(out numbers[i]) || numbers[i] < 0)
                throw Wrong(key, value, "a token id or a list of token ids");
        }

        return numbers;
    }

    /// <summary>The complaint that <paramref name="key"/> holds the wrong thing.</summary>
    public ModelLoadException Wrong(string key, JsonElement value, string wanted) =>
        new($"{File}: \"{_prefix}{key}\" is {Describe(value)}, but must be {wanted}.");

    /// <summary>The complaint that <paramref name="key"/> is absent.</summary>
    public ModelLoadException Missing(string key) => new($"{File}: \"{_prefix}{key}\" is missing.");

    /// <summary>A complaint about this file in the caller's words; <paramref name="what"/> starts with the quoted key.</summary>
    public ModelLoadException Refuse(string what) => new($"{File}: {what}");

    /// <summary>A value as a short quotation.</summary>
    public static string Describe(JsonElement value) => Shorten(value.GetRawText());

    private static string Describe(JsonProperty property) => Shorten(property.ToString());

    private static string Shorten(string text) =>
        text.Length <= 60 ? text : $"{text.AsSpan(0, 57)}...";
}
