using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Llumnix.Host.Api;

namespace Llumnix.Host.Bodies;

/// <summary>
/// A JSON object that a client sent, read key by key: null counts as absent, unknown keys are never looked at, and a wrong type is an
/// <see cref="ApiException"/> that names the key, what it is and what it must be.
/// </summary>
internal readonly struct JsonBody(JsonElement root)
{
    private const int ShownLength = 60;

    /// <summary>Reads a whole body; the document refers to <paramref name="utf8"/> and must be disposed before that is reused.</summary>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, string what)
    {
        if (utf8.Span.Trim(" \t\r\n"u8).IsEmpty) throw ApiException.Invalid(null, $"The {what} is empty; a JSON object is expected.");
        if (!Utf8.IsValid(utf8.Span)) throw ApiException.Invalid(null, $"The {what} is not valid UTF-8.");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8);
        }
        catch (JsonException error)
        {
            throw ApiException.Invalid(
                null, $"The {what} is not valid JSON: it breaks at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        string found = Shown(document.RootElement);
        document.Dispose();
        throw ApiException.Invalid(null, $"The {what} must be a JSON object, not {found}.");
    }

    public bool Has(string key) => TryGet(key, out _);

    /// <summary>False where the key is absent or null.</summary>
    public bool TryGet(string key, out JsonElement value) =>
        root.TryGetProperty(key, out value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);

    public string? String(string key) => TryGet(key, out JsonElement value) ? StringOf(value, key) : null;

    public bool Boolean(string key, bool fallback) => TryGet(key, out JsonElement value) ? value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, "true or false", value),
    }
    : fallback;

    public int? Integer(string key) => TryGet(key, out JsonElement value) ? IntegerOf(value, key) : null;

    public float? Number(string key) => TryGet(key, out JsonElement value) ? NumberOf(value, key) : null;

    /// <summary>Any 64-bit integer, signed or not; negative ones are taken as their bits.</summary>
    public ulong? Seed(string key)
    {
        if (!TryGet(key, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetUInt64(out ulong unsigned)) return unsigned;
            if (value.TryGetInt64(out long signed)) return unchecked((ulong)signed);
        }

        throw Wrong(key, "an integer of 64 bits", value);
    }

    /// <summary>A nested object.</summary>
    public JsonBody? Object(string key)
    {
        if (!TryGet(key, out JsonElement value)) return null;
        return value.ValueKind == JsonValueKind.Object ? new JsonBody(value) : throw Wrong(key, "an object", value);
    }

    /// <summary>A string or a list of strings.</summary>
    public string[] Strings(string key)
    {
        if (!TryGet(key, out JsonElement value)) return [];
        if (value.ValueKind == JsonValueKind.String) return [StringOf(value, key)];
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(key, "a string or a list of strings", value);
        var strings = new string[value.GetArrayLength()];
        int at = 0;
        foreach (JsonElement item in value.EnumerateArray()) strings[at] = StringOf(item, $"{key}[{at++}]");
        return strings;
    }

    /// <summary>A list of integers.</summary>
    public int[] Integers(string key) => TryGet(key, out JsonElement value) ? IntegersOf(value, key) : [];

    public static int[] IntegersOf(JsonElement value, string key)
    {
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(key, "a list of integers", value);
        var integers = new int[value.GetArrayLength()];
        int at = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out integers[at])) integers[at] = IntegerOf(item, $"{key}[{at}]");
            at++;
        }

        return integers;
    }

    public static string StringOf(JsonElement value, string key)
    {
        if (value.ValueKind != JsonValueKind.String) throw Wrong(key, "a string", value);
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid(Top(key), $"{key} has a surrogate without its pair (an incomplete \\u escape).");
        }
    }

    public static float NumberOf(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Number ? (float)value.GetDouble() : throw Wrong(key, "a number", value);

    public static int IntegerOf(JsonElement value, string key)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt32(out int whole)) return whole;
            double real = value.GetDouble();
            if (real == Math.Floor(real) && Math.Abs(real) <= int.MaxValue) return (int)real;
        }

        throw Wrong(key, "an integer", value);
    }

    public static ApiException Wrong(string key, string expected, JsonElement found) =>
        ApiException.Invalid(Top(key), $"{key} must be {expected}, not {Shown(found)}.");

    /// <summary>A value as an error sentence shows it.</summary>
    public static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        if (text.Length > ShownLength) text = string.Concat(text.AsSpan(0, ShownLength), "...");
        return value.ValueKind switch
        {
            JsonValueKind.String => $"the string {text}",
            JsonValueKind.Number => $"the number {text}",
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => string.Create(CultureInfo.InvariantCulture, $"a list of {value.GetArrayLength()}"),
            _ => text,
        };
    }

    private static string Top(string key)
    {
        int end = key.AsSpan().IndexOfAny('[', '.');
        return end < 0 ? key : key[..end];
    }
}
