using System.Text.Json.Nodes;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Gpu.Tests.Tokenization;

/// <summary>Builds <c>tokenizer.json</c> files for tests and loads them.</summary>
internal static class TokenizerFile
{
    public const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static JsonObject ByteLevelPart(bool prefixSpace = false, bool pattern = false) =>
        new() { ["type"] = "ByteLevel", ["add_prefix_space"] = prefixSpace, ["use_regex"] = pattern };

    public static JsonObject Split(string pattern) => new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = pattern },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };

    public static JsonObject Sequence(string listKey, params JsonObject[] parts) => new() { ["type"] = "Sequence", [listKey] = new JsonArray([.. parts]) };

    public static JsonObject Added(int id, string content, bool special = true) =>
        new() { ["id"] = id, ["content"] = content, ["special"] = special, ["normalized"] = false };

    /// <summary>A byte-level file: ids 0 to 255 are the bytes, then one id a merge.</summary>
    public static JsonObject ByteLevel(params (string Left, string Right)[] merges)
    {
        var vocabulary = new JsonObject();
        for (int value = 0; value < 256; value++) vocabulary[ReferenceBpe.ByteCharacters[value].ToString()] = value;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevelPart(),
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = Model(vocabulary, merges),
        };
    }

    /// <summary>
    /// A file in the style of Llama 2: <c>&lt;unk&gt;</c>, <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c>, then the byte tokens, the characters, one
    /// id a merge.
    /// </summary>
    public static JsonObject SentencePiece(string characters, params (string Left, string Right)[] merges)
    {
        var vocabulary = new JsonObject { ["<unk>"] = 0, ["<s>"] = 1, ["</s>"] = 2 };
        for (int value = 0; value < 256; value++) vocabulary[$"<0x{value:X2}>"] = vocabulary.Count;
        foreach (char character in characters) vocabulary[character.ToString()] = vocabulary.Count;
        var model = Model(vocabulary, merges);
        model["unk_token"] = "<unk>";
        model["fuse_unk"] = true;
        model["byte_fallback"] = true;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(0, "<unk>"), Added(1, "<s>"), Added(2, "</s>")),
            ["normalizer"] = Sequence(
                "normalizers",
                new JsonObject { ["type"] = "Prepend", ["prepend"] = "▁" },
                new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = " " }, ["content"] = "▁" }),
            ["pre_tokenizer"] = null,
            ["post_processor"] = Template(["<s>"], [], new JsonObject { ["<s>"] = 1 }),
            ["decoder"] = Sequence(
                "decoders",
                new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = "▁" }, ["content"] = " " },
                new JsonObject { ["type"] = "ByteFallback" },
                new JsonObject { ["type"] = "Fuse" },
                new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 }),
            ["model"] = model,
        };
    }

    public static JsonObject Template(string[] before, string[] after, JsonObject ids)
    {
        static JsonObject Special(string name) => new() { ["SpecialToken"] = new JsonObject { ["id"] = name, ["type_id"] = 0 } };
        var special = new JsonObject();
        foreach (var (name, id) in ids) special[name] = new JsonObject { ["id"] = name, ["ids"] = new JsonArray(id!.DeepClone()) };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(
                [.. before.Select(Special), new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }, .. after.Select(Special)]),
            ["special_tokens"] = special,
        };
    }

    public static BpeTokenizer Load(JsonObject file)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, file.ToJsonString());
            return BpeTokenizer.LoadJson(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static JsonObject Model(JsonObject vocabulary, (string Left, string Right)[] merges)
    {
        var list = new JsonArray();
        foreach (var (left, right) in merges)
        {
            if (!vocabulary.ContainsKey(left + right)) vocabulary[left + right] = vocabulary.Count;
            list.Add($"{left} {right}");
        }

        return new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = list };
    }
}
