using System.Text.Json;
using System.Text.Json.Nodes;

namespace Llumnix.Training.Tokenization;

/// <summary>A tokenizer as Hugging Face's <c>tokenizer.json</c>.</summary>
public static class TokenizerFile
{
    public static void Write(ByteLevelBpe bpe, string path)
    {
        JsonObject vocabulary = [];
        for (int id = 0; id < bpe.Tokens.Count; id++) vocabulary.Add(bpe.Tokens[id], id);
        JsonObject root = new()
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. SpecialTokens.All.Select(token => new JsonObject
            {
                ["id"] = bpe.Id(token),
                ["content"] = token,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            })]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = new JsonArray(Special(), Sequence("A", 0)),
                ["pair"] = new JsonArray(Special(), Sequence("A", 0), Sequence("B", 1)),
                ["special_tokens"] = new JsonObject
                {
                    [SpecialTokens.Begin] = new JsonObject
                    {
                        ["id"] = SpecialTokens.Begin,
                        ["ids"] = new JsonArray(bpe.Id(SpecialTokens.Begin)),
                        ["tokens"] = new JsonArray(SpecialTokens.Begin),
                    },
                },
            },
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. bpe.Merges.Select(merge => (JsonNode)$"{merge.Left} {merge.Right}")]),
            },
        };
        JsonFile.Write(root, path);
    }

    public static ByteLevelBpe Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement model = document.RootElement.GetProperty("model");
        string[] tokens = [.. model.GetProperty("vocab").EnumerateObject().OrderBy(entry => entry.Value.GetInt32()).Select(entry => entry.Name)];
        (string, string)[] merges =
        [
            .. model.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!.Split(' ')).Select(pair => (pair[0], pair[1])),
        ];
        return new ByteLevelBpe(tokens, merges);
    }

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    private static JsonObject Special() => new() { ["SpecialToken"] = new JsonObject { ["id"] = SpecialTokens.Begin, ["type_id"] = 0 } };

    private static JsonObject Sequence(string id, int type) => new() { ["Sequence"] = new JsonObject { ["id"] = id, ["type_id"] = type } };
}
